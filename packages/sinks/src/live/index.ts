/*
 * `@millrace/sinks/live`: a stream's results for code in the same process.
 */
export { type AsyncIterableOptions, type StreamIterable, toAsyncIterable } from './async-iterable.ts';
export type { LiveBatch } from './live-batch.ts';
