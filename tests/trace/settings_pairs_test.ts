import { assertEquals } from "@std/assert";
import { bad, good, read } from "./_settings.ts";

Deno.test("readExportSettings() reads headers in the form of W3C baggage, percent-decoded", () => {
  const headers = (value: string) => good({ OTEL_EXPORTER_OTLP_HEADERS: value }).headers;
  assertEquals(headers("api-key=key,other-config-value=value"), {
    "api-key": "key",
    "other-config-value": "value",
  });
  assertEquals(headers(" a = 1 ,, b=x%20y%2Cz%3D , c="), { a: "1", b: "x y,z=", c: "" });
  assertEquals(headers("Authorization=Bearer abc=="), { Authorization: "Bearer abc==" });
  assertEquals(Object.entries(headers("__proto__=1")), [["__proto__", "1"]]);
  // The variable for traces stands alone: nothing is merged into it.
  assertEquals(
    good({
      OTEL_EXPORTER_OTLP_HEADERS: "a=1,b=2",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "b=3",
    }).headers,
    { b: "3" },
  );
});

Deno.test("readExportSettings() drops bad headers and shows none of them", () => {
  const value = "good=1,secret1,=secret2,a b=secret3,c=secret4;p=1,d=%zzsecret5,e=%0Asecret6," +
    'f="secret7",g=%E2%82%ACsecret8,last=2';
  const { settings, warnings } = read({ OTEL_EXPORTER_OTLP_TRACES_HEADERS: value });
  assertEquals(settings.headers, { good: "1", last: "2" });
  assertEquals(warnings, [
    "Cannot use OTEL_EXPORTER_OTLP_TRACES_HEADERS as it must be key=value,key2=value2 with " +
    "values percent-encoded: current value is not shown, " +
    "members 2, 3, 4, 5, 6, 7, 8, 9 are dropped",
  ]);
});

Deno.test("readExportSettings() drops what is no gRPC metadata, and shows none of it", () => {
  const OTEL_EXPORTER_OTLP_HEADERS = "Authorization=Bearer%20good,a=s3cr%C3%A9t,x-bin=secret," +
    "x!y=secret,x-Key_1.2=v,b=%09secret";
  const { settings, warnings } = read({
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_EXPORTER_OTLP_HEADERS,
  });
  assertEquals(settings.headers, { authorization: "Bearer good", "x-key_1.2": "v" });
  assertEquals(warnings, [
    "Cannot use OTEL_EXPORTER_OTLP_HEADERS as it must be key=value,key2=value2 with values " +
    "percent-encoded (for gRPC, of ASCII; keys of 0-9 a-z _ . - that do not end in -bin): " +
    "current value is not shown, members 2, 3, 4, 6 are dropped",
  ]);
  // HTTP has room for Latin-1, and for more names.
  const http = read({ OTEL_EXPORTER_OTLP_HEADERS });
  assertEquals([Object.keys(http.settings.headers).length, http.warnings], [6, []]);
});

Deno.test("readSettings() reads resource attributes and the service's name", () => {
  const resource = (value: string, name = "") =>
    good({ OTEL_RESOURCE_ATTRIBUTES: value, OTEL_SERVICE_NAME: name }).resourceAttributes;
  assertEquals(resource(' a = 1 ,b=x%2Cy%3Dz%25,%C3%A9=%C3%A9 é;"\\,'), {
    a: "1",
    b: "x,y=z%",
    é: 'é é;"\\',
  });
  assertEquals(resource("service.name=a"), { "service.name": "a" });
  assertEquals(resource("service.name=a", "b"), { "service.name": "b" });
  assertEquals(resource("", "b"), { "service.name": "b" });
  assertEquals(resource(""), {});
});

Deno.test("readSettings() discards all resource attributes when one is wrong", () => {
  for (const value of ["a=1,b", "a=1,=2", "a=1,b=c=d", "a=1,b=%zz", "a=1,%ff=2"]) {
    const settings = bad(
      { OTEL_RESOURCE_ATTRIBUTES: value, OTEL_SERVICE_NAME: "kept" },
      "Cannot use OTEL_RESOURCE_ATTRIBUTES as it must be key=value,key2=value2 with , = and % " +
        `percent-encoded: current value is "${value}", none is used`,
    );
    assertEquals(settings.resourceAttributes, { "service.name": "kept" });
  }
});
