import type { ProcessSample } from "../witness.ts";

/** How many are held of one process. */
const MOST = 120;
/** How many are told of all processes together, so that an engine of thousands has a trace, too. */
const MOST_OF_ALL = 20_000;

/**
 * What a process used at the looks that were taken at it, thinned evenly: where there are too many,
 * every second one goes, and from then on only every second look counts.
 */
export class ProcSamples {
  #kept: ProcessSample[] = [];
  #last: ProcessSample | undefined;
  #looks = 0;
  #stride = 1;

  /** Takes a look. */
  take(sample: ProcessSample): void {
    this.#last = sample;
    if (this.#looks++ % this.#stride !== 0) return;
    this.#kept.push(sample);
    if (this.#kept.length < MOST) return;
    this.#kept = everySecond(this.#kept);
    this.#stride *= 2;
  }

  /**
   * What is kept, with the last look at its end.
   *
   * @param processes Of how many processes samples are told.
   */
  told(processes: number): readonly ProcessSample[] {
    const most = MOST_OF_ALL / processes;
    let kept = this.#kept.filter((sample) => sample !== this.#last);
    while (kept.length > 1 && kept.length >= most) kept = everySecond(kept);
    return this.#last ? [...kept, this.#last] : [];
  }
}

function everySecond<T>(all: readonly T[]): T[] {
  return all.filter((_, index) => index % 2 === 0);
}
