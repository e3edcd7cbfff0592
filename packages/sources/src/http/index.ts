/*
 * `@millrace/sources/http`: records posted over HTTP.
 */
export type { BodyFormat } from './body-format.ts';
export type { HttpAuth, HttpOptions } from './http-options.ts';
export type { HttpAddress } from './http-receiver.ts';
export { HttpInputDStream, httpStream } from './http-stream.ts';
