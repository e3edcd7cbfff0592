import { inspect, isDeepStrictEqual } from 'node:util';

/** The few assertions that the suites need, since they must not depend on a test runner. @throws Error that shows both values */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}\n  expected: ${show(expected)}\n  actual:   ${show(actual)}`);
}

/** @throws Error unless the condition holds */
export function holds(condition: boolean, what: string, seen?: unknown): void {
  if (!condition) throw new Error(seen === undefined ? what : `${what}\n  seen: ${show(seen)}`);
}

/** What a promise rejects with. @throws Error if it resolves */
export async function rejection(promise: Promise<unknown>, what: string): Promise<Error> {
  const result = await promise.then(
    () => null,
    (e: unknown) => e as Error,
  );
  if (result === null) throw new Error(`${what}: it resolved, but should have rejected`);
  return result;
}

function show(value: unknown): string {
  return inspect(value, { depth: 8, maxArrayLength: 200, breakLength: 160, compact: 8 });
}
