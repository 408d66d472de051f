import { assertEquals } from "@std/assert";
import { dataDirectory, joinPath } from "../../src/runs/data_dir.ts";

function directory(
  variables: Record<string, string>,
  dir?: string,
  os: typeof Deno.build.os = "linux",
): string | undefined {
  return dataDirectory(dir, { env: (name) => variables[name], os });
}

Deno.test("dataDirectory() takes the first that is named when several are", () => {
  const home = { HOME: "/home/u" };
  const xdg = { ...home, XDG_DATA_HOME: "/data" };
  const own = { ...xdg, COLDTRACE_DIR: "here" };
  assertEquals(directory(own, "/asked"), "/asked");
  assertEquals(directory(own, ""), "here");
  assertEquals(directory(own), "here");
  assertEquals(directory({ ...xdg, COLDTRACE_DIR: "" }), joinPath("/data", "coldtrace"));
  const standard = joinPath("/home/u", ".local", "share", "coldtrace");
  assertEquals(directory(home), standard);
  assertEquals(directory(home, undefined, "darwin"), standard);
});

Deno.test("dataDirectory() ignores XDG_DATA_HOME when it is relative or empty", () => {
  const standard = joinPath("/home/u", ".local", "share", "coldtrace");
  assertEquals(directory({ HOME: "/home/u", XDG_DATA_HOME: "data" }), standard);
  assertEquals(directory({ HOME: "/home/u", XDG_DATA_HOME: "" }), standard);
});

Deno.test("dataDirectory() takes LOCALAPPDATA when on Windows", () => {
  const variables = { LOCALAPPDATA: "C:\\Local", HOME: "/home/u", XDG_DATA_HOME: "/data" };
  assertEquals(directory(variables, undefined, "windows"), joinPath("C:\\Local", "coldtrace"));
});

Deno.test("dataDirectory() is undefined when the environment names nothing", () => {
  assertEquals(directory({}), undefined);
  assertEquals(directory({ HOME: "/home/u" }, undefined, "windows"), undefined);
});

Deno.test("joinPath() has one separator when the folder ends with one", () => {
  assertEquals(joinPath("/data/", "runs"), joinPath("/data", "runs"));
  assertEquals(joinPath("/", "runs").length, "/runs".length);
});
