/**
 * The part of the time axis that is seen.
 *
 * @module
 */
import type { PlotReportRun } from "../../plot_json.ts";

/** No closer than this, in nanoseconds. */
const CLOSEST = 200;

/** How long the starts were, of which there is a view. */
type Extent = Pick<PlotReportRun, "from_ns" | "to_ns" | "total_ns" | "first_token_ns">;

/** What is seen of the time axis. Times are in nanoseconds from launch. */
export class View {
  from = 0;
  to = 1;
  /** In pixels. */
  width = 1;
  /** From where and up to where there is anything. */
  readonly first: number;
  readonly last: number;
  /** What is of interest: from launch to the first token. */
  readonly home: { readonly from: number; readonly to: number };

  constructor(runs: readonly { readonly report: Extent }[]) {
    const most = (values: number[]) => Math.max(1, ...values);
    this.first = Math.min(0, ...runs.map(({ report }) => report.from_ns));
    this.last = most(runs.map(({ report }) => report.to_ns));
    const end = most(
      runs.map(({ report }) => Math.max(report.total_ns, report.first_token_ns ?? 0)),
    );
    this.home = { from: -end * 0.004, to: end * 1.03 };
    this.reset();
  }

  reset(): void {
    ({ from: this.from, to: this.to } = this.home);
  }

  /** Nanoseconds per pixel. */
  get scale(): number {
    return (this.to - this.from) / this.width;
  }

  x(time: number): number {
    return (time - this.from) / this.scale;
  }

  time(x: number): number {
    return this.from + x * this.scale;
  }

  /**
   * @param factor below 1: closer.
   * @param around the time that stays where it is.
   */
  zoom(factor: number, around: number = (this.from + this.to) / 2): void {
    const [low, high] = this.#limits();
    const length = Math.min(high - low, Math.max(CLOSEST, (this.to - this.from) * factor));
    const part = (around - this.from) / (this.to - this.from);
    this.show(around - length * part, around + length * (1 - part));
  }

  /** @param part of what is seen; below 0: to the left. */
  pan(part: number): void {
    const by = (this.to - this.from) * part;
    this.show(this.from + by, this.to + by);
  }

  /** Shows this much, moved to where there is anything. */
  show(from: number, to: number): void {
    const [low, high] = this.#limits();
    const length = Math.min(high - low, Math.max(CLOSEST, to - from));
    this.from = Math.max(low, Math.min(from, high - length));
    this.to = this.from + length;
  }

  /** Makes sure that this is seen, moving as little as is needed. */
  reveal(from: number, to: number): void {
    const length = this.to - this.from;
    if (to > this.from + length * 0.02 && from < this.to - length * 0.02) return;
    const middle = (from + Math.min(to, from + length)) / 2;
    this.show(middle - length / 2, middle + length / 2);
  }

  #limits(): [number, number] {
    const room = (this.last - this.first) * 0.03;
    return [
      Math.min(this.first - room, this.home.from),
      Math.max(this.last + room, this.home.to),
    ];
  }
}
