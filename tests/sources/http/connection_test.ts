import { assertEquals } from "@std/assert";
import { addressOf } from "../../../src/sources/http/connection.ts";

Deno.test("addressOf() asks at loopback when a server listens everywhere", () => {
  const addresses = ["http://0.0.0.0:1/", "http://[::]:1/", "http://0/", "http://[0:0::0]/"]
    .map((url) => addressOf(new URL(url).hostname));
  assertEquals(addresses, ["127.0.0.1", "::1", "127.0.0.1", "::1"]);
});

Deno.test("addressOf() leaves other hosts as they are", () => {
  const addresses = ["http://localhost:1/", "http://[::1]:1/", "http://10.0.0.7/", "http://gpu-3/"]
    .map((url) => addressOf(new URL(url).hostname));
  assertEquals(addresses, ["localhost", "::1", "10.0.0.7", "gpu-3"]);
});
