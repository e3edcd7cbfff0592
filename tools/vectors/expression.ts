/** A function of a vector: a JavaScript expression. @throws SyntaxError */
// biome-ignore lint/suspicious/noExplicitAny: what it takes and gives is up to the vector
export type AnyFunction = (...args: any[]) => any;

/** Evaluates the expression of a function. Vector files are test data of this repository and are trusted. */
export function functionOf(source: string | undefined, what: string): AnyFunction {
  if (source === undefined) throw new TypeError(`the vector has no ${what}`);
  const value: unknown = new Function(`'use strict'; return (${source});`)();
  if (typeof value !== 'function') throw new TypeError(`${what} of the vector is no function: ${source}`);
  return value as AnyFunction;
}
