/** Counts the requests that are answered or wait for it, and refuses more than so many. */
export class Queue {
  readonly #limit: number;
  #size = 0;
  #whenEmpty: (() => void)[] = [];

  /** @param limit How many there can be together, those that are answered included. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Takes a place until it is disposed of, which can happen twice; undefined when all are taken. */
  enter(): Disposable | undefined {
    if (this.#size >= this.#limit) return undefined;
    this.#size++;
    let left = false;
    return {
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        if (--this.#size === 0) this.#whenEmpty.splice(0).forEach((resolve) => resolve());
      },
    };
  }

  /** Resolves when no request is left. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#size === 0) resolve();
      else this.#whenEmpty.push(resolve);
    });
  }
}
