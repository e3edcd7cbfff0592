/*
 * `@millrace/sources/rate`: records at a steady rate, made up by the tasks.
 */
export type { MakeRecord } from './generate.ts';
export { RateInputDStream, type RateOptions, rateStream } from './rate-stream.ts';
