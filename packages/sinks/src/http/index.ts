export type { HttpFormat } from './chunks.ts';
export { type HttpSinkOptions, httpSink } from './http-sink.ts';
export type { HttpHeaders } from './target.ts';
