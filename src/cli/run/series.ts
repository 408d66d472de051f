import { createRunId } from "../../runs/run_id.ts";
import { shellLine } from "../../read/shell.ts";
import type { TimeReport } from "../../show/time_json.ts";
import type { RecordAttributes, SpanRecord } from "../../trace/record.ts";
import { redactText } from "../../trace/redact.ts";
import { runCold } from "./cold_command.ts";
import { printError } from "../output.ts";
import { exitCodeOf, type RelayedSignals } from "../relayed_signals.ts";
import type { RunFiles } from "../run_files.ts";
import { GRACE, runOnce, type RunResult } from "./once.ts";
import { planRun, type RunOptions, type RunPlan } from "./plan.ts";
import { lineOf, reportOf, summaryOf, writeJson } from "./report.ts";
import { variantsOf } from "./variants.ts";

/** How often each command is started, where nobody says. */
const TIMES = 6;

/** A command that is started again and again. */
interface Subject {
  readonly label: string | undefined;
  readonly plan: RunPlan;
}

/**
 * Many starts, of one command or of several in turn. A B A B, and not A A B B: machines are slower
 * and faster for minutes, which would pass for a difference between the commands.
 */
export class Series {
  readonly #options: RunOptions;
  readonly #signals: RelayedSignals;
  readonly #subjects: readonly Subject[];
  readonly #size: number;
  readonly #attributes: RecordAttributes;
  readonly #reports: TimeReport[] = [];
  readonly #stored = new Set<Subject>();

  /** @throws {UsageError} If what was asked for makes no sense. */
  constructor(options: RunOptions, command: readonly string[], signals: RelayedSignals) {
    const { cold, warm, times = TIMES } = options;
    this.#options = options;
    this.#signals = signals;
    this.#subjects = variantsOf(options, command)
      .map((variant) => ({ label: variant.label, plan: planRun(options, variant, warn) }));
    this.#size = times * this.#subjects.length;
    this.#attributes = {
      "coldtrace.series": createRunId(Date.now()),
      "coldtrace.series.size": this.#size,
      ...(cold !== undefined && { "coldtrace.cold": redactText(cold) }),
      ...(warm && { "coldtrace.warm": true }),
    };
  }

  /**
   * Makes them, one after the other. A start that dies is one of them; what ends them all is a
   * signal to end, a command that cannot be run, one for `--cold` that fails, and an engine that
   * does not end. What is stored stays.
   *
   * @returns The exit code: that of the first start that did not come out well.
   */
  async run(): Promise<number> {
    if (this.#options.warm) {
      for (const subject of this.#subjects) {
        const over = await this.#warmUp(subject);
        if (over !== undefined) return over;
      }
    }
    let code = 0;
    for (let number = 1; number <= this.#size; number++) {
      const subject = this.#subjects[(number - 1) % this.#subjects.length] as Subject;
      const refused = await this.#prepare(subject);
      if (refused !== undefined) return code || refused;
      const result = await this.#start(subject, number);
      code ||= result.code;
      const over = await endOf(result);
      if (over !== undefined) return code || over;
    }
    this.#advise();
    return code;
  }

  /** A start that is thrown away; the exit code, if it does not come out well. */
  async #warmUp(subject: Subject): Promise<number | undefined> {
    const { plan } = subject;
    const refused = await this.#prepare(subject);
    if (refused !== undefined) return refused;
    const warmUp = {
      ...plan,
      start: { ...plan.start, isWarmUp: true },
      files: { ...plan.files, stored: false },
    };
    const result = await runOnce(warmUp, this.#signals, async (records) => {
      if (!this.#options.quiet) printError(await this.#line("warm-up", subject, records));
    });
    const over = await endOf(result);
    if (over !== undefined || result.code === 0) return over;
    warn("Cannot go on as that start was to make others warm");
    return result.code;
  }

  /** What is to be done before each start; the exit code, if there cannot be one. */
  async #prepare({ label, plan: { readyUrl } }: Subject): Promise<number | undefined> {
    const { cold } = this.#options;
    if (this.#signals.code !== undefined) return this.#signals.code;
    const failed = cold === undefined ? undefined : await runCold(cold, this.#signals, label);
    if (failed !== undefined) return failed;
    if (readyUrl !== undefined && await answers(readyUrl)) {
      warn(`Cannot go on as ${redactText(readyUrl)} answers before the engine is started`);
      return 1;
    }
    return this.#signals.code;
  }

  async #start(subject: Subject, number: number): Promise<RunResult> {
    const { plan } = subject;
    const attributes = {
      ...plan.start.attributes,
      ...this.#attributes,
      "coldtrace.series.number": number,
    };
    const numbered = { ...plan, start: { ...plan.start, attributes } };
    let keep = () => Promise.resolve();
    const result = await runOnce(numbered, this.#signals, async (records, files) => {
      if (files?.id !== undefined) {
        this.#stored.add(subject);
        keep = () => this.#keep(files, records);
      }
      await this.#report(subject, number, records, files);
    });
    await keep();
    return result;
  }

  /** A series is made to be compared. */
  async #keep({ paths: [path] }: RunFiles, records: readonly SpanRecord[]): Promise<void> {
    const { keepVector } = await import("../compare/vectors.ts");
    if (path !== undefined) keepVector(path, records, this.#options.dir);
  }

  async #report(
    subject: Subject,
    number: number,
    records: readonly SpanRecord[],
    files: RunFiles | undefined,
  ): Promise<void> {
    const { json, quiet } = this.#options;
    if (json !== undefined) {
      this.#reports.push(await reportOf(records));
      // Of one start it is that, as without a series.
      writeJson(json, this.#size > 1 ? this.#reports : this.#reports[0]);
    }
    if (quiet) return;
    // Where there is one command, its last start is shown as a whole.
    const isShown = number === this.#size && this.#subjects.length === 1;
    const line = this.#line(`${number} of ${this.#size}`, subject, records);
    printError(isShown ? await summaryOf(records, files) : await line);
  }

  async #line(
    which: string,
    { label }: Subject,
    records: readonly SpanRecord[],
  ): Promise<string> {
    const name = this.#subjects.length > 1 ? `${label}: ` : "";
    return `${which}: ${name}${await lineOf(records)}\n`;
  }

  /** Says what can be typed next. */
  #advise(): void {
    const { quiet, dir } = this.#options;
    const [first, ...others] = [...this.#stored].map(({ label }) => label ?? "");
    if (quiet || first === undefined) return;
    for (const other of others) {
      const words = [
        "coldtrace",
        "diff",
        first,
        other,
        ...(dir === undefined ? [] : ["--dir", dir]),
      ];
      printError(`compare them: ${shellLine(words)}\n`);
    }
  }
}

/** The exit code, if by how a start ended there can be no other one. */
async function endOf({ isRun, ended, left, code }: RunResult): Promise<number | undefined> {
  if (!isRun) return code;
  if (ended !== undefined) return exitCodeOf(ended);
  const [pid, ...more] = await left?.ended(GRACE) ?? [];
  if (pid === undefined) return undefined;
  const which = more.length === 0 ? `process ${pid}` : `processes ${[pid, ...more].join(", ")}`;
  warn(`Cannot go on as ${which} of the engine did not end within ${GRACE / 1000} s`);
  return 1;
}

/** Whether something says that it is ready, which cannot be an engine that is yet to be started. */
async function answers(url: string): Promise<boolean> {
  const { ask } = await import("../../sources/http/ask.ts");
  try {
    const { status } = await ask({ url: new URL(url), timeout: 1_000, most: 65_536 });
    return status >= 200 && status < 300;
  } catch {
    return false;
  }
}

function warn(line: string): void {
  printError(`${line}\n`);
}
