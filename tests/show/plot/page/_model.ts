import { plotOf } from "../../../../src/read/plot/plot.ts";
import { readStart } from "../../../../src/read/start.ts";
import { plotReport } from "../../../../src/show/plot_json.ts";
import { type Model, modelOf } from "../../../../src/show/plot/page/model.ts";
import { processResource, type Sketch, span } from "../../../read/_spans.ts";

const ROOT = "0000000000000000";

/** A start of 100 ns: a parent with two children, one span of another process, a gap, two events. */
export const SKETCHES: readonly Sketch[] = [
  { id: "1", start: 0, end: 60, name: "import a", phase: "import" },
  { id: "2", start: 0, end: 30, name: "import b", parent: "1" },
  { id: "3", start: 30, end: 50, name: "gc", parent: "1", phase: "gc" },
  { id: "4", start: 70, end: 100, name: "load", resource: processResource("Worker") },
];

/** The model of a page with a start of these spans, and one more for each other list. */
export function modelWith(...runs: (readonly Sketch[])[]): Model {
  return modelOf(plotReport(runs.map((sketches) => {
    const root = span({
      id: ROOT,
      start: 0,
      end: 110,
      container: true,
      attributes: { "coldtrace.engine": "test" },
      events: { ready: 100, readiness: 20, log: 40 },
    });
    const log = root.events?.find(({ name }) => name === "log");
    if (log) log.attributes = { "log.body": "Loading weights" };
    const spans = sketches.map((sketch) => span({ parent: ROOT, ...sketch }));
    return plotOf(readStart([root, ...spans]));
  })));
}
