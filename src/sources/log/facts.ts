import type { RecordAttributes, RecordValue } from "../../trace/record.ts";
import { redactLog } from "./text.ts";
import type { LogFact } from "../profiles/profile.ts";

/** The longest text that a fact can be. */
const MAX_LENGTH = 4096;
/** What Python, C++ and people write where there is nothing. */
const NOTHING = ["", "None", "null", "N/A"];

/** The facts of a start, as the lines of a log tell them. */
export class LogFacts {
  readonly #all: RecordAttributes = {};
  /** Which of them nothing replaces. */
  readonly #final = new Set<string>();

  /** All until now. */
  get all(): RecordAttributes {
    return { ...this.#all };
  }

  /** Takes what a message tells. */
  take(facts: readonly LogFact[], message: string): void {
    for (const fact of facts) {
      const value = valueOf(fact, message);
      const { attribute, keep = "first" } = fact;
      if (value === undefined || this.#final.has(attribute)) continue;
      const before = this.#all[attribute];
      const isKept = keep === "last" || keep === "always" ||
        (keep === "largest" && isMore(value, before));
      if (before === undefined || isKept) this.#all[attribute] = value;
      if (keep === "always") this.#final.add(attribute);
    }
  }
}

function valueOf(fact: LogFact, message: string): RecordValue | undefined {
  if (fact.in === undefined) return fact.value;
  const text = fact.in.exec(message)?.[1];
  if (text === undefined || NOTHING.includes(text)) return undefined;
  switch (fact.type) {
    case "number": {
      const value = Number(text.replaceAll(",", ""));
      return Number.isFinite(value) ? value : undefined;
    }
    case "boolean":
      return /^(?:true|on|enabled|yes|1)$/i.test(text);
    default:
      return redactLog(text, MAX_LENGTH);
  }
}

function isMore(value: RecordValue, before: RecordValue | undefined): boolean {
  return typeof value === "number" && typeof before === "number" && value > before;
}
