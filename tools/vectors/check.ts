import { inspect, isDeepStrictEqual } from 'node:util';
import { catalog } from '../../packages/core/src/errors/index.ts';
import { type CompareOptions, sameBatch } from '../../packages/core/src/testing/index.ts';

/** A vector whose outcome is not the expected one. */
export class VectorFailure extends Error {
  constructor(what: string, expected: unknown, actual: unknown) {
    super(`${what}\n    expected: ${show(expected)}\n    actual:   ${show(actual)}`);
    this.name = 'VectorFailure';
  }
}

/** Compares two values by structure; undefined counts as null, as in JSON. @throws VectorFailure */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(plain(actual), plain(expected))) throw new VectorFailure(what, expected, actual);
}

/** Compares the records of one batch. @throws VectorFailure */
export function checkBatch(
  actual: readonly unknown[],
  expected: readonly unknown[],
  what: string,
  options: CompareOptions,
): void {
  const sides = [actual, expected].map((side) => plain(side) as unknown[]);
  if (!sameBatch(sides[0], sides[1], options)) throw new VectorFailure(what, expected, actual);
}

/** Checks an error against a class of Spark's (or Python's), or, where no class is meant, against its message. @throws VectorFailure */
export function checkError(actual: unknown, expected: string, what: string): void {
  if (!isClassName(expected)) checkMessage(actual, expected, what);
  else if (!classesOf(actual).includes(expected)) throw new VectorFailure(what, expected, actual);
}

/** Checks that an error or one of its causes says something. @throws VectorFailure */
export function checkMessage(actual: unknown, contains: string, what: string): void {
  for (let e = actual; e instanceof Error; e = e.cause) if (e.message.includes(contains)) return;
  throw new VectorFailure(what, `an error that says "${contains}"`, actual);
}

/** Wraps an error that stands for a class of Spark's which the engine has no code for. */
export class SparkError extends Error {
  readonly sparkClass: string;

  constructor(sparkClass: string, message: string) {
    super(message);
    this.sparkClass = sparkClass;
  }
}

/** What an error is called in Spark, by the catalogue. Python's ValueError stands for IllegalArgumentException. */
function classesOf(e: unknown): string[] {
  if (e instanceof SparkError) return [e.sparkClass];
  const code = (e as { readonly code?: unknown } | null)?.code;
  const entry = (catalog as Record<string, { readonly spark?: string }>)[String(code)];
  if (entry?.spark === undefined) return [];
  return entry.spark === 'IllegalArgumentException' ? [entry.spark, 'ValueError'] : [entry.spark];
}

function isClassName(text: string): boolean {
  return /^[A-Z]\w*(Exception|Error)$/.test(text);
}

/** As it would be after JSON: no undefined, no -0. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  }
  return value;
}

/** A value on few lines, for messages. */
export function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return inspect(value, { depth: 8, maxArrayLength: 60, breakLength: 200, compact: 8 });
}
