/** The starts of real engines that are recorded in `tests/testdata/captures`. */
const FOLDER = new URL("../testdata/captures/", import.meta.url);

/** A body that an engine sent. */
export interface CapturedBody {
  /** The capture's name. */
  capture: string;
  /** `application/x-protobuf`. */
  protobuf: Uint8Array<ArrayBuffer>;
  /** The same as OTLP/JSON. */
  json: string;
}

/** All bodies of all captures, in the order in which they came. */
export function capturedBodies(): CapturedBody[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort().flatMap((capture) =>
    Deno.readTextFileSync(new URL(`${capture}/otlp.jsonl`, FOLDER)).split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const { pb, body } = JSON.parse(line);
        const protobuf = Deno.readFileSync(new URL(`${capture}/${pb}`, FOLDER));
        return { capture, protobuf, json: JSON.stringify(body) };
      })
  );
}
