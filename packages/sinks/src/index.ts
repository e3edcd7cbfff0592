/*
 * Types of all sinks. The sinks themselves have an entry point each, so that a job loads only what it writes to.
 */
export type { AsyncIterableOptions, LiveBatch, StreamIterable } from './live/index.ts';
