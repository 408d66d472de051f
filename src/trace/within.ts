/**
 * Waiting that has an end.
 *
 * @module
 */

/**
 * Waits for a promise, but not longer than `ms` milliseconds.
 *
 * @returns What it resolves with; `undefined` where that takes longer.
 * @throws {any} What it rejects with in that time.
 */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
