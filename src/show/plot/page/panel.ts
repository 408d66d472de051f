/// <reference lib="dom" />
/**
 * The panel that tells what is selected. All text comes from traces: it is set as text, never
 * as markup.
 *
 * @module
 */
import type { Item, Model, Run } from "./model.ts";
import { duration, share } from "./format.ts";
import { attributesOf, nameOf } from "./model.ts";

export type Fact = [string, string | number | boolean | null];

export function tell(panel: HTMLElement, model: Model, item: Item | undefined): void {
  panel.replaceChildren(
    ...(item ? ofItem(model, item) : model.runs.flatMap((run, i) => [
      element("h2", model.runs.length > 1 ? `Start ${"AB"[i]}` : "Start"),
      list([
        ["launch", run.report.launch],
        ["run", run.report.run ?? "not stored"],
        ["trace", run.report.traceId],
        ...attributesOf(model, run.report.attributes).filter(([key]) => key !== "coldtrace.run"),
      ]),
    ])),
  );
}

/** One line of it, for the pointer. */
export function briefly(model: Model, item: Item): string {
  const run = model.runs[item.run] as Run;
  const { start, end } = run.times[item.kind];
  const [from, to] = [Number(start[item.index]), Number(end[item.index])];
  if (item.kind !== "event") return `${nameOf(model, item)}\n${duration(to - from)}`;
  const facts = attributesOf(model, run.report.events.attributes[item.index]);
  return `${nameOf(model, item)}, ${duration(from)}\n${bodyOf(facts) ?? ""}`.trimEnd();
}

/** @returns What a log line or an answer says. */
function bodyOf(facts: Fact[]): string | undefined {
  const body = facts.find(([key]) => key === "log.body" || key === "coldtrace.readiness.state");
  return body && String(body[1]);
}

function ofItem(model: Model, item: Item): HTMLElement[] {
  const run = model.runs[item.run] as Run;
  const { spans, path, events, processes, total_ns } = run.report;
  const { start, end } = run.times[item.kind];
  const [from, to] = [Number(start[item.index]), Number(end[item.index])];
  const title = element("h2", nameOf(model, item));
  const which = model.runs.length > 1 ? [fact("start", "AB"[item.run] ?? "")] : [];
  if (item.kind === "event") {
    const facts = attributesOf(model, events.attributes[item.index]);
    const body = bodyOf(facts);
    return [
      title,
      ...(body === undefined ? [] : [element("pre", body)]),
      list([...which, fact("at", duration(from)), ...facts.filter(([, value]) => value !== body)]),
    ];
  }
  const span = item.kind === "span" ? item.index : path.span[item.index] ?? -1;
  if (span === -1) {
    const near = (index: number) => nameOf(model, { ...item, index }) || "none";
    return [
      title,
      element("p", "No span explains this stretch of the critical path."),
      list([
        ...which,
        fact("from", duration(from)),
        fact("duration", `${duration(to - from)}, ${share(to - from, total_ns)}`),
        fact("after", near(item.index - 1)),
        fact("before", near(item.index + 1)),
      ]),
    ];
  }
  const flags = spans.flags[span] ?? 0;
  const [begin, took] = [spans.start_ns[span] ?? 0, spans.duration_ns[span] ?? 0];
  const onPath = spans.on_path_ns[span] ?? 0;
  const marks = [
    flags & 1 ? "open: it had not ended" : "",
    flags & 2 ? "a container: it explains nothing by its own time" : "",
    flags & 4 ? "its status is an error" : "",
  ].filter((mark) => mark !== "").map((mark) => element("p", mark));
  return [
    title,
    ...marks,
    list([
      ...which,
      ...(item.kind === "path"
        ? [fact("this stretch", `${duration(to - from)} from ${duration(from)}`)]
        : []),
      fact("process", processes[spans.process[span] ?? -1]?.name ?? ""),
      fact("phase", model.report.strings[spans.phase[span] ?? -1] ?? ""),
      fact("start", duration(begin)),
      fact("duration", duration(took)),
      fact("self", duration(spans.self_ns[span] ?? 0)),
      fact("on the path", onPath > 0 ? `${duration(onPath)}, ${share(onPath, total_ns)}` : "no"),
      ...attributesOf(model, spans.attributes[span]),
    ]),
  ];
}

function fact(key: string, value: string): Fact {
  return [key, value];
}

function list(facts: Fact[]): HTMLElement {
  const result = document.createElement("dl");
  for (const [key, value] of facts) {
    result.append(element("dt", key), element("dd", String(value)));
  }
  return result;
}

function element(tag: string, text: string): HTMLElement {
  const result = document.createElement(tag);
  result.textContent = text;
  result.dir = "auto";
  return result;
}
