/**
 * Measurements of several modes that take turns, so that what disturbs this machine disturbs all
 * of them alike. `Deno.bench` runs one mode after the other, and takes no measurement from
 * elsewhere; so the rounds are made when the first is asked for, and each measurement is then
 * played back to `Deno.bench`: as much time passes again.
 */
export class Rounds<Mode extends string> {
  readonly #modes: readonly Mode[];
  readonly #take: (mode: Mode) => Promise<Record<string, number>>;
  readonly #count: number;
  #rounds: Promise<Record<Mode, Record<string, number>>[]> | undefined;

  /**
   * @param take Makes one measurement of each of several things, in milliseconds.
   * @param count How many rounds there are; if several, besides a first one that fills caches.
   */
  constructor(
    modes: readonly Mode[],
    take: (mode: Mode) => Promise<Record<string, number>>,
    count = 12,
  ) {
    this.#modes = modes;
    this.#take = take;
    this.#count = count;
  }

  /** A bench of one thing in one mode. */
  bench(
    what: string,
    mode: Mode,
    definition: Omit<Deno.BenchDefinition, "fn">,
  ): Deno.BenchDefinition {
    let next = 0;
    return {
      n: this.#count,
      warmup: 0,
      ...definition,
      fn: async (b) => {
        const rounds = await (this.#rounds ??= this.#run());
        const time = rounds[next++ % rounds.length]?.[mode][what];
        if (time === undefined) throw new Error(`'${what}' was not measured, ${mode}`);
        b.start();
        for (const end = performance.now() + time; performance.now() < end;);
        b.end();
      },
    };
  }

  async #run(): Promise<Record<Mode, Record<string, number>>[]> {
    const rounds: Record<Mode, Record<string, number>>[] = [];
    for (let i = this.#count > 1 ? -1 : 0; i < this.#count; i++) {
      const round = {} as Record<Mode, Record<string, number>>;
      const modes = i % 2 === 0 ? this.#modes : this.#modes.toReversed();
      for (const mode of modes) round[mode] = await this.#take(mode);
      if (i >= 0) rounds.push(round);
    }
    return rounds;
  }
}
