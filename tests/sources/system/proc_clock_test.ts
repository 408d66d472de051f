import { assert, assertEquals } from "@std/assert";
import { BootClock } from "../../../src/sources/system/proc_clock.ts";

const BOOT = 1_700_000_000_123_456_789n;
const MS = 1_000_000n;

/** `/proc/uptime` at a moment: hundredths, rounded down. */
function uptimeAt(moment: bigint): string {
  const hundredths = (moment - BOOT) / (10n * MS);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")} 1586.68\n`;
}

Deno.test("BootClock narrows the moment of boot down by each reading", () => {
  const clock = new BootClock();
  let error = 10n * MS;
  for (let reading = 0n; reading < 100n; reading++) {
    const moment = BOOT + 5_000n * MS + reading * 23_700_000n;
    clock.observe(moment, uptimeAt(moment), moment + 5_000n);
    const off = (clock.timeOf(0) ?? 0n) - BOOT;
    const distance = off < 0n ? -off : off;
    assert(distance <= 5n * MS + 5_000n);
    error = distance;
  }
  assert(error < MS / 2n);
});

Deno.test("BootClock counts ticks as hundredths of a second", () => {
  const clock = new BootClock();
  clock.observe(BOOT, "0.00 0.00\n", BOOT);
  assertEquals((clock.timeOf(250) ?? 0n) - (clock.timeOf(0) ?? 0n), 2_500n * MS);
});

Deno.test("BootClock begins again when the machine has slept", () => {
  const clock = new BootClock();
  const moment = BOOT + 5_000n * MS;
  clock.observe(moment, uptimeAt(moment), moment);
  // An hour that our clock knows nothing of.
  const slept = 3_600_000n * MS;
  clock.observe(moment + MS, uptimeAt(moment + MS + slept), moment + MS);
  const off = (clock.timeOf(0) ?? 0n) - (BOOT - slept);
  assert(off <= 10n * MS && off >= -10n * MS);
});

Deno.test("BootClock knows no time when nothing could be read", () => {
  const clock = new BootClock();
  clock.observe(BOOT, "", BOOT);
  clock.observe(BOOT, "up since yesterday", BOOT);
  assertEquals(clock.timeOf(1), undefined);
});
