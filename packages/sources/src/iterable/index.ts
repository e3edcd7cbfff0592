/*
 * `@millrace/sources/iterable`: batches from iterables, async iterables and Node's Readables.
 */
export type { AnyIterable, IterableSource } from './iterable-source.ts';
export { IterableInputDStream, type IterableOptions, iterableStream } from './iterable-stream.ts';
