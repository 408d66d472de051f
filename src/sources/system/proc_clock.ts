import { unixNano } from "../../trace/process.ts";
import { procFile, TICK_MS } from "./proc_files.ts";

const NANO_PER_TICK = BigInt(TICK_MS) * 1_000_000n;

/**
 * When the machine was booted, on the clock of this process, to turn the ticks since boot of
 * `/proc/PID/stat` into times. `btime` of `/proc/stat` has but the grain of a second.
 *
 * `/proc/uptime` has that of a hundredth. Every reading narrows the moment of boot down, as it says
 * where in a hundredth it was at another point; after ten of them about a millisecond is left.
 */
export class BootClock {
  #earliest: bigint | undefined;
  #latest: bigint | undefined;

  /** Reads the clocks once more. */
  read(): void {
    const before = unixNano();
    const uptime = procFile("uptime");
    const after = unixNano();
    if (uptime !== undefined) this.observe(before, uptime, after);
  }

  /** Takes into account that `/proc/uptime` was read as `text` between two moments. */
  observe(before: bigint, text: string, after: bigint): void {
    const [, seconds, hundredths] = /^(\d+)\.(\d\d) /.exec(text) ?? [];
    if (seconds === undefined || hundredths === undefined) return;
    const uptime = BigInt(seconds + hundredths) * 10_000_000n;
    // It is rounded down.
    const earliest = before - uptime - 10_000_000n;
    const latest = after - uptime;
    const low = this.#earliest ?? earliest;
    const high = this.#latest ?? latest;
    // Asleep, the machine's clock goes on and ours does not: what was known holds no more.
    const isStep = earliest > high || latest < low;
    this.#earliest = isStep || earliest > low ? earliest : low;
    this.#latest = isStep || latest < high ? latest : high;
  }

  /**
   * The time of a number of ticks since boot, in nanoseconds since the Unix epoch; what happened
   * at it may be up to one tick younger, since ticks are rounded down.
   */
  timeOf(ticks: number): bigint | undefined {
    if (this.#earliest === undefined || this.#latest === undefined) return undefined;
    return (this.#earliest + this.#latest) / 2n + BigInt(ticks) * NANO_PER_TICK;
  }
}
