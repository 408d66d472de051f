/**
 * A small stand-in for `jsr:@std/assert`, over `node:assert/strict`, for machines that
 * cannot reach JSR. `tests/_run.ts` maps `@std/assert` to it there. Tests may only use what
 * both have, with std's signatures.
 *
 * @module
 */
import nodeAssert from "node:assert/strict";

export { AssertionError } from "node:assert/strict";

// Messages are passed on as they are, `undefined` too; some versions of the types for Node.js do not
// say that this is fine.
type Class<T> = abstract new (...args: never[]) => T;

export function assert(value: unknown, message?: string): asserts value {
  nodeAssert.ok(value, message ?? "");
}

export function assertFalse(value: unknown, message?: string): asserts value is false {
  nodeAssert.ok(!value, message ?? `Expected a falsy value: current value is ${value}`);
}

export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.deepStrictEqual(actual, expected, message as string);
}

export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.notDeepStrictEqual(actual, expected, message as string);
}

export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T {
  nodeAssert.strictEqual(actual, expected, message as string);
}

export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  nodeAssert.ok(actual !== undefined && actual !== null, message ?? "Expected a value");
}

export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  nodeAssert.match(actual, expected, message as string);
}

export function assertNotMatch(actual: string, expected: RegExp, message?: string): void {
  nodeAssert.doesNotMatch(actual, expected, message as string);
}

export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  nodeAssert.ok(
    actual.includes(expected),
    message ?? `Expected to contain ${JSON.stringify(expected)}: ${JSON.stringify(actual)}`,
  );
}

export function assertArrayIncludes<T>(
  actual: ArrayLike<T>,
  expected: ArrayLike<T>,
  message?: string,
): void {
  const equal = (a: T, b: T) => {
    try {
      nodeAssert.deepStrictEqual(a, b);
      return true;
    } catch {
      return false;
    }
  };
  const missing = Array.from(expected).filter((e) => !Array.from(actual).some((a) => equal(a, e)));
  nodeAssert.ok(missing.length === 0, message ?? `Missing: ${Deno.inspect(missing)}`);
}

export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any -- std's own signature
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  message?: string,
): void {
  nodeAssert.partialDeepStrictEqual(actual, expected, message as string);
}

export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: Class<T>,
  message?: string,
): asserts actual is T {
  nodeAssert.ok(
    actual instanceof expectedType,
    message ?? `Expected ${expectedType.name}: current value is ${Deno.inspect(actual)}`,
  );
}

export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void {
  const within = tolerance ?? (Math.abs(expected) * 1e-7 || 1e-7);
  nodeAssert.ok(
    Math.abs(actual - expected) <= within,
    message ?? `Expected ${actual} within ${within} of ${expected}`,
  );
}

export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.ok(actual > expected, message ?? `Expected ${actual} > ${expected}`);
}

export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.ok(actual >= expected, message ?? `Expected ${actual} >= ${expected}`);
}

export function assertLess<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.ok(actual < expected, message ?? `Expected ${actual} < ${expected}`);
}

export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  nodeAssert.ok(actual <= expected, message ?? `Expected ${actual} <= ${expected}`);
}

function check<E extends Error>(
  thrown: unknown,
  errorClass: Class<E> | undefined,
  includes: string | undefined,
  message: string | undefined,
): void {
  if (errorClass) assertInstanceOf(thrown, errorClass, message);
  if (includes !== undefined) {
    assertStringIncludes(thrown instanceof Error ? thrown.message : String(thrown), includes);
  }
}

export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: Class<E>,
  includes?: string,
  message?: string,
): E {
  try {
    fn();
  } catch (error) {
    check(error, errorClass, includes, message);
    return error as E;
  }
  throw new nodeAssert.AssertionError({ message: message ?? "Expected function to throw" });
}

export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: Class<E>,
  includes?: string,
  message?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    check(error, errorClass, includes, message);
    return error as E;
  }
  throw new nodeAssert.AssertionError({ message: message ?? "Expected promise to reject" });
}

export function fail(message?: string): never {
  throw new nodeAssert.AssertionError({ message: message ?? "Failed" });
}
