/**
 * Search: in names, processes, phases, and what the log says.
 *
 * @module
 */
import type { Item, Model } from "./model.ts";

/**
 * Those that have all the words of a text, in any case, in order of time. A span has them in its
 * name, its phase or its process, an event in its name or in what it says.
 */
export function find(model: Model, text: string): Item[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return [];
  const { strings, attributes } = model.report;
  const wanted = words.map((word) => {
    const has = (value: unknown) => String(value).toLowerCase().includes(word);
    return { has, names: strings.map(has), says: attributes.map(([, value]) => has(value)) };
  });
  return model.runs.flatMap(({ report, times }, run) => {
    const { spans, events, path } = report;
    const own = wanted.map((word) => ({
      ...word,
      processes: report.processes.map(({ name }) => word.has(name)),
    }));
    const items: Item[] = [];
    spans.name.forEach((name, index) => {
      const [phase, process] = [spans.phase[index] ?? -1, spans.process[index] ?? -1];
      const isFound = own.every(({ names, processes }) =>
        names[name] || names[phase] || processes[process]
      );
      if (isFound) items.push({ run, kind: "span", index });
    });
    path.name.forEach((name, index) => {
      if (own.every(({ names }) => names[name])) items.push({ run, kind: "path", index });
    });
    events.name.forEach((name, index) => {
      const said = events.attributes[index] ?? [];
      const isFound = own.every(({ names, says }) => names[name] || said.some((i) => says[i]));
      if (isFound) items.push({ run, kind: "event", index });
    });
    const start = ({ kind, index }: Item) => Number(times[kind].start[index]);
    return items.sort((a, b) => start(a) - start(b));
  });
}

/** Makes the question whether an item is among them. */
export function askAmong(items: Item[]): (item: Item) => boolean {
  const keyOf = ({ run, kind, index }: Item) =>
    index * 8 + run * 4 + (kind === "span" ? 0 : kind === "path" ? 1 : 2);
  const keys = new Set(items.map(keyOf));
  return (item) => keys.has(keyOf(item));
}
