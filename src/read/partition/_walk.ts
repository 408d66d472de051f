import { type Forest, ROOT } from "./forest.ts";
import { LiveTree } from "./_live_tree.ts";

/**
 * The way from the root to the owner of a piece, by everyone's pick, kept from piece to
 * piece: only what a boundary touches is walked anew. Transparent spans take no part.
 */
export class Walk {
  readonly #forest: Forest;
  /** The live spans; the depth of each is how many live ones are above it. */
  readonly #live: LiveTree;
  readonly #byRank: Int32Array;

  /** From the root to the owner; a span stands at one more than its depth. */
  readonly #path: number[] = [ROOT];
  /** Whether the pick of the one that stands there is firm. */
  readonly #firm: boolean[] = [false];
  /** Where a span stands on the path; 0 if nowhere. */
  readonly #standing: Int32Array;
  /** What a span had picked when it left the path, at the boundary of the number `#leftAt`. */
  readonly #pick: Int32Array;
  readonly #pickFirm: Uint8Array;
  readonly #leftAt: Int32Array;
  #boundary = 0;

  /** `byRank` lists the spans, the one to prefer among live ones last. */
  constructor(forest: Forest, byRank: Int32Array) {
    const count = forest.spans.length;
    const ranks = new Int32Array(count);
    byRank.forEach((index, rank) => {
      if (!forest.transparent[index]) ranks[forest.place[index] as number] = rank;
    });
    this.#forest = forest;
    this.#live = new LiveTree(ranks);
    this.#byRank = byRank;
    this.#standing = new Int32Array(count);
    this.#pick = new Int32Array(count);
    this.#pickFirm = new Uint8Array(count);
    this.#leftAt = new Int32Array(count);
  }

  /**
   * Goes on to the piece that ends at `at`, and finds its owner.
   *
   * @param begun those that begin at `at`, and so do not cover the piece.
   * @param ended those that end at `at`, and so cover it.
   */
  step(begun: readonly number[], ended: readonly number[], at: number | bigint): number {
    this.#boundary++;
    let redo = this.#path.length;
    for (const index of begun) {
      this.#toggle(index, false);
      const standing = this.#standing[index] as number;
      if (standing > 0) redo = Math.min(redo, standing - 1);
    }
    for (const index of ended) this.#toggle(index, true);
    for (const index of ended) {
      const above = this.#lastAbove(index);
      if (above < redo && this.#isLive(index, above) && !this.#sticks(above, index)) redo = above;
    }
    if (redo < this.#path.length) this.#descend(redo, at);
    return this.#path.at(-1) as number;
  }

  #toggle(index: number, present: boolean): void {
    const place = this.#forest.place[index] as number;
    const last = place + (this.#forest.size[index] as number) - 1;
    if (present) this.#live.enter(place);
    else this.#live.leave(place);
    this.#live.deepen(place + 1, last, present ? 1 : -1);
  }

  /** Whether no live span stands between a live one and its ancestor on the path. */
  #isLive(index: number, standing: number): boolean {
    return this.#live.depth(this.#forest.place[index] as number) === standing;
  }

  /** Whether the one that stands there keeps its pick, although another one ends here. */
  #sticks(standing: number, other: number): boolean {
    const pick = this.#path[standing + 1];
    return pick !== undefined && this.#firm[standing] === true && !this.#encloses(other, pick);
  }

  #encloses(ancestor: number, index: number): boolean {
    const { place, size } = this.#forest;
    const distance = (place[index] as number) - (place[ancestor] as number);
    return distance >= 0 && distance < (size[ancestor] as number);
  }

  /** Where the last of a span's ancestors on the path stands. */
  #lastAbove(index: number): number {
    let [low, high] = [0, this.#path.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#encloses(this.#path[middle] as number, index)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Walks down anew from the one that stands there. */
  #descend(standing: number, at: number | bigint): void {
    let held = this.#path[standing + 1] ?? ROOT;
    let heldFirm = this.#firm[standing] === true;
    for (let i = this.#path.length - 1; i > standing; i--) {
      const node = this.#path[i] as number;
      this.#pick[node] = this.#path[i + 1] ?? ROOT;
      this.#pickFirm[node] = this.#firm[i] ? 1 : 0;
      this.#leftAt[node] = this.#boundary;
      this.#standing[node] = 0;
    }
    this.#path.length = standing + 1;
    this.#firm.length = standing + 1;
    for (let i = standing;; i++) {
      const best = this.#bestBelow(this.#path[i] as number);
      if (best === ROOT) break;
      const isHeld = held !== ROOT && this.#isLive(held, i);
      // The best one has the earliest end, so if any live one ends here, it does.
      const endsHere = this.#forest.end[best] === at;
      const keeps = isHeld && (heldFirm || !endsHere);
      const pick = keeps ? held : best;
      this.#firm[i] = keeps ? heldFirm : endsHere;
      this.#path.push(pick);
      this.#firm.push(false);
      this.#standing[pick] = i + 1;
      const wasVisited = this.#leftAt[pick] === this.#boundary;
      held = wasVisited ? this.#pick[pick] as number : ROOT;
      heldFirm = wasVisited && this.#pickFirm[pick] === 1;
    }
  }

  /** Of a span's live ones, the one with the earliest end, then start, then id. */
  #bestBelow(index: number): number {
    const first = index === ROOT ? 0 : (this.#forest.place[index] as number) + 1;
    const count = index === ROOT ? this.#byRank.length : (this.#forest.size[index] as number) - 1;
    return this.#byRank[this.#live.best(first, first + count - 1)] ?? ROOT;
  }
}
