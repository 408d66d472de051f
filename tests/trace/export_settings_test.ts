import { assertEquals } from "@std/assert";
import { read as readAll } from "./_settings.ts";

/** Where spans go by some variables, and the warnings. */
function read(env: Record<string, string>): unknown[] {
  const names = Object.entries(env).map(([name, value]) => [`OTEL_EXPORTER_OTLP_${name}`, value]);
  const variables: Record<string, string> = Object.fromEntries(names);
  const { settings, warnings } = readAll(variables);
  const { protocol, endpoint, insecure, on } = settings;
  return [protocol, endpoint, insecure, on, ...warnings];
}

/** The endpoint of variables that nothing is wrong with. */
function endpoint(env: Record<string, string>): unknown {
  const [, endpoint, , on, ...warnings] = read(env);
  assertEquals([on, warnings], [true, []]);
  return endpoint;
}

/** Endpoint and TLS for gRPC. */
function grpc(text: string, insecure = ""): unknown[] {
  const env = { PROTOCOL: "grpc", ENDPOINT: text, INSECURE: insecure };
  const [protocol, endpoint, withoutTls, on, ...warnings] = read(env);
  assertEquals([protocol, on, warnings], ["grpc", true, []]);
  return [endpoint, withoutTls];
}

Deno.test("readExportSettings() takes the general endpoint for a base URL", () => {
  for (
    const [base, url] of [
      ["http://collector:4318", "http://collector:4318/v1/traces"],
      ["http://collector:4318/", "http://collector:4318/v1/traces"],
      ["http://collector:4318/mycollector", "http://collector:4318/mycollector/v1/traces"],
      ["http://collector:4318/mycollector/", "http://collector:4318/mycollector/v1/traces"],
      ["https://collector", "https://collector/v1/traces"],
      ["HTTP://collector", "http://collector/v1/traces"],
      ["http://[::1]:4318/a/../b", "http://[::1]:4318/a/../b/v1/traces"],
      ["http://collector?key=1", "http://collector/v1/traces?key=1"],
    ]
  ) assertEquals(endpoint({ ENDPOINT: base ?? "" }), url);
});

Deno.test("readExportSettings() takes the endpoint for traces as it is, but for an empty path", () => {
  for (
    const [text, url] of [
      ["http://collector:4318", "http://collector:4318/"],
      ["http://collector:4318?key=1", "http://collector:4318/?key=1"],
      ["http://collector:4318/", "http://collector:4318/"],
      ["https://collector.example.com/v1/traces/", "https://collector.example.com/v1/traces/"],
      ["http://Collector:80/A%2fb/../c?d=e", "http://Collector:80/A%2fb/../c?d=e"],
    ]
  ) {
    assertEquals(endpoint({ TRACES_ENDPOINT: text ?? "", ENDPOINT: "http://other" }), url);
  }
});

Deno.test("readExportSettings() decides TLS of HTTP by the URL alone", () => {
  for (const INSECURE of ["true", "false"]) {
    assertEquals(read({ ENDPOINT: "http://h", INSECURE })[2], true);
    assertEquals(read({ ENDPOINT: "https://h", INSECURE })[2], false);
  }
});

Deno.test("readExportSettings() reads the protocol in any case, and the one for traces first", () => {
  const protocol = (env: Record<string, string>) => {
    const [protocol, , , , ...warnings] = read(env);
    return [protocol, ...warnings];
  };
  for (const value of ["grpc", "http/protobuf", "http/json"]) {
    assertEquals(protocol({ PROTOCOL: value.toUpperCase() }), [value]);
    assertEquals(protocol({ TRACES_PROTOCOL: value, PROTOCOL: "http/json" }), [value]);
  }
  assertEquals(protocol({ PROTOCOL: "http" }), [
    "http/protobuf",
    "Cannot use OTEL_EXPORTER_OTLP_PROTOCOL as it must be grpc, http/protobuf or http/json: " +
    'current value is "http", http/protobuf is used instead',
  ]);
});

Deno.test("readExportSettings() gives gRPC host and port, TLS by scheme, else by INSECURE", () => {
  for (const insecure of ["", "true", "false"]) {
    assertEquals(grpc("http://h:4317", insecure), ["http://h:4317", true]);
    assertEquals(grpc("HTTPS://h:4317/path", insecure), ["https://h:4317", false]);
  }
  for (
    const [text, host] of [
      ["h:4317", "h:4317"],
      ["localhost", "localhost:4317"],
      ["10.0.0.1:80", "10.0.0.1:80"],
      ["[::1]:443", "[::1]:443"],
      ["grpc://h:443/ignored", "h:443"],
      ["GRPC://h", "h:4317"],
      ["dns:///h:1", "h:1"],
      ["dns://8.8.8.8/h:1", "h:1"],
    ]
  ) {
    assertEquals(grpc(text ?? ""), [`https://${host}`, false]);
    assertEquals(grpc(text ?? "", "true"), [`http://${host}`, true]);
  }
});

Deno.test("readExportSettings() takes the schemes of gRPC, with slashes and without", () => {
  for (
    const [text, endpoint] of [
      ["unix:///run/otel.sock", "unix:/run/otel.sock"],
      ["unix:/run/otel.sock", "unix:/run/otel.sock"],
      ["UNIX:otel.sock", "unix:otel.sock"],
      ["unix:run/otel.sock", "unix:run/otel.sock"],
      ["dns:localhost:24317", "http://localhost:24317"],
      ["dns:localhost", "http://localhost:4317"],
      ["dns://8.8.8.8/h:1", "http://h:1"],
      ["ipv4:127.0.0.1:24317", "http://127.0.0.1:24317"],
      ["ipv4:127.0.0.1:1,127.0.0.2:2", "http://127.0.0.1:1"],
      ["ipv6:[::1]:24317", "http://[::1]:24317"],
      ["ipv6:::1", "http://[::1]:4317"],
    ]
  ) assertEquals(grpc(text ?? "", "true"), [endpoint, true], text);
  for (const text of ["unix:", "unix://", "unix://otel.sock", "dns:", "ipv4:", "ipv6:["]) {
    const [, , , on, ...warnings] = read({ PROTOCOL: "grpc", ENDPOINT: text });
    assertEquals([on, warnings.length], [false, 1], text);
  }
});

Deno.test("readExportSettings() takes grpc:// for the protocol gRPC", () => {
  for (const name of ["ENDPOINT", "TRACES_ENDPOINT"]) {
    assertEquals(read({ [name]: "grpc://h:1" }), ["grpc", "https://h:1", false, true]);
    assertEquals(read({ [name]: "grpc://h:1", TRACES_INSECURE: "true" }), [
      "grpc",
      "http://h:1",
      true,
      true,
    ]);
  }
  assertEquals(read({ ENDPOINT: "grpc://h", PROTOCOL: "http/json" }), [
    "grpc",
    "https://h:4317",
    false,
    true,
    "Cannot use OTEL_EXPORTER_OTLP_PROTOCOL as it must be grpc for an endpoint that begins with " +
    'grpc://: current value is "http/json", grpc is used instead',
  ]);
  // The endpoint that is not used says nothing.
  assertEquals(read({ ENDPOINT: "grpc://h", TRACES_ENDPOINT: "http://h/x" }), [
    "http/protobuf",
    "http://h/x",
    true,
    true,
  ]);
});

Deno.test("readExportSettings() has a default endpoint for each protocol", () => {
  const byDefault = (protocol: string) => {
    const env: Record<string, string> = {
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    };
    const { endpoint, on } = readAll(env).settings;
    return [endpoint, on];
  };
  assertEquals(byDefault("grpc"), ["http://localhost:4317", true]);
  assertEquals(byDefault("http/json"), ["http://localhost:4318/v1/traces", true]);
  assertEquals(byDefault(""), ["http://localhost:4318/v1/traces", true]);
});

Deno.test("readExportSettings() tells an endpoint that is none, and names none by it", () => {
  const warning = (name: string, text: string, instead: string) =>
    `Cannot use OTEL_EXPORTER_OTLP_${name} as it must be an http(s) URL: ` +
    `current value is ${JSON.stringify(text)}, ${instead} is used instead`;
  const off = ["http/protobuf", "http://localhost:4318/v1/traces", true, false];
  for (
    const text of [
      "localhost:4318",
      "collector",
      "ftp://h",
      "http://",
      "http:///x",
      "http://h:99999",
      "http://a b",
    ]
  ) {
    assertEquals(read({ ENDPOINT: text }), [...off, warning("ENDPOINT", text, "no endpoint")]);
  }
  assertEquals(read({ TRACES_ENDPOINT: "bad", ENDPOINT: "http://h" }), [
    "http/protobuf",
    "http://h/v1/traces",
    true,
    true,
    warning("TRACES_ENDPOINT", "bad", "OTEL_EXPORTER_OTLP_ENDPOINT"),
  ]);
  const env: Record<string, string> = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "bad",
    OTEL_TRACES_EXPORTER: "otlp",
  };
  assertEquals(readAll(env).warnings, [
    warning("ENDPOINT", "bad", "http://localhost:4318/v1/traces"),
  ]);
  for (const text of ["ftp://h", "h:99999", "a b", ":4317", "grpc://", "h\nh"]) {
    const [protocol, , , on, ...warnings] = read({ PROTOCOL: "grpc", ENDPOINT: text });
    assertEquals([protocol, on, warnings.length], ["grpc", false, 1], text);
  }
});

Deno.test("readExportSettings() shows no user, password or query of a bad endpoint", () => {
  const [, , , , warning] = read({ ENDPOINT: "htp://me:secret@h:1/p?key=secret" });
  assertEquals(
    warning,
    "Cannot use OTEL_EXPORTER_OTLP_ENDPOINT as it must be an http(s) URL: " +
      'current value is "...@h:1/p", no endpoint is used instead',
  );
});
