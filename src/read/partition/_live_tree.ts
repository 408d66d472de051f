/** Added to what is not live; above any depth, and twice that still fits 32 bits. */
const ABSENT = 1 << 29;

/**
 * A segment tree over positions of a forest in pre-order, so that a subtree is a range. Each
 * position has a rank, and a depth that ranges can add to while it is absent, too. It finds
 * the highest rank among the shallowest present positions of a range, in logarithmic time:
 * where a node's depth counts its present ancestors, those are the topmost present ones.
 */
export class LiveTree {
  readonly #size: number;
  /** Least depth below each inner node, its own `#added` included, its ancestors' not. */
  readonly #depth: Int32Array;
  readonly #added: Int32Array;
  /** Highest rank among the positions of least depth. */
  readonly #rank: Int32Array;

  /** All positions are absent at first, at depth 0. */
  constructor(ranks: Int32Array) {
    let size = 1;
    while (size < ranks.length) size *= 2;
    this.#size = size;
    this.#depth = new Int32Array(2 * size).fill(ABSENT);
    this.#added = new Int32Array(2 * size);
    this.#rank = new Int32Array(2 * size).fill(-1);
    this.#rank.set(ranks, size);
    for (let node = size - 1; node > 0; node--) this.#pull(node);
  }

  /** Makes a position count. */
  enter(position: number): void {
    this.#change(position, -ABSENT);
  }

  /** Makes a position count no longer. */
  leave(position: number): void {
    this.#change(position, ABSENT);
  }

  #change(position: number, by: number): void {
    const leaf = position + this.#size;
    this.#add(leaf, by);
    // Most have another one beside them that counts for what is above both.
    for (let node = leaf >> 1; node > 0 && this.#pull(node); node >>= 1);
  }

  /** Adds to the depth of every position in `[first, last]`. */
  deepen(first: number, last: number, by: number): void {
    if (first > last) return;
    let left = first + this.#size;
    let right = last + this.#size + 1;
    while (left < right) {
      if (left & 1) this.#add(left++, by);
      if (right & 1) this.#add(--right, by);
      left >>= 1;
      right >>= 1;
    }
    left = (first + this.#size) >> 1;
    right = (last + this.#size) >> 1;
    // What is above both is looked at once.
    for (; left !== right; left >>= 1, right >>= 1) {
      this.#pull(left);
      this.#pull(right);
    }
    for (; left > 0; left >>= 1) this.#pull(left);
  }

  /** The depth of a present position; more than any depth where it is absent. */
  depth(position: number): number {
    let node = position + this.#size;
    let depth = this.#at(this.#depth, node);
    while ((node >>= 1) > 0) depth += this.#at(this.#added, node);
    return depth;
  }

  /** The highest rank among the shallowest present positions of `[first, last]`, or -1. */
  best(first: number, last: number): number {
    if (first > last) return -1;
    let left = first + this.#size;
    let right = last + this.#size;
    let leftDepth = this.#at(this.#depth, left);
    let leftRank = this.#at(this.#rank, left);
    let rightDepth = this.#at(this.#depth, right);
    let rightRank = this.#at(this.#rank, right);
    while (left >> 1 !== right >> 1) {
      if (!(left & 1)) {
        const depth = this.#at(this.#depth, left ^ 1);
        const rank = this.#at(this.#rank, left ^ 1);
        if (depth < leftDepth || depth === leftDepth && rank > leftRank) leftRank = rank;
        if (depth < leftDepth) leftDepth = depth;
      }
      if (right & 1) {
        const depth = this.#at(this.#depth, right ^ 1);
        const rank = this.#at(this.#rank, right ^ 1);
        if (depth < rightDepth || depth === rightDepth && rank > rightRank) rightRank = rank;
        if (depth < rightDepth) rightDepth = depth;
      }
      left >>= 1;
      right >>= 1;
      leftDepth += this.#at(this.#added, left);
      rightDepth += this.#at(this.#added, right);
    }
    if (Math.min(leftDepth, rightDepth) >= ABSENT) return -1;
    if (leftDepth === rightDepth) return Math.max(leftRank, rightRank);
    return leftDepth < rightDepth ? leftRank : rightRank;
  }

  #at(array: Int32Array, index: number): number {
    return array[index] as number;
  }

  #add(node: number, by: number): void {
    this.#depth[node] = this.#at(this.#depth, node) + by;
    this.#added[node] = this.#at(this.#added, node) + by;
  }

  /** Looks again at what is below an inner node, and tells whether that changed. */
  #pull(node: number): boolean {
    const left = this.#at(this.#depth, 2 * node);
    const right = this.#at(this.#depth, 2 * node + 1);
    const leftRank = this.#at(this.#rank, 2 * node);
    const rightRank = this.#at(this.#rank, 2 * node + 1);
    const depth = Math.min(left, right) + this.#at(this.#added, node);
    const rank = left === right
      ? Math.max(leftRank, rightRank)
      : (left < right ? leftRank : rightRank);
    if (depth === this.#at(this.#depth, node) && rank === this.#at(this.#rank, node)) return false;
    this.#depth[node] = depth;
    this.#rank[node] = rank;
    return true;
  }
}
