/*
 * For writers of sources and sinks: what `@millrace/sources` and `@millrace/sinks` are made of besides the main entry.
 */
export { splitRecords } from './api/input-dstream.ts';
export { type ErrorData, error, toErrorData } from './errors/index.ts';
