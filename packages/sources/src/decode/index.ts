/*
 * `@millrace/sources/decode`: what turns bytes into records, for files and whatever else gives bytes. CSV has an entry
 * point of its own, since it needs a package.
 */
export type { BadRow, OnBadRow } from './bad-rows.ts';
export { type BytesOptions, bytes } from './bytes.ts';
export type { Decoded, Decoder, FixedDecoder, LinesDecoder, Origin, StreamDecoder } from './decoder.ts';
export { type JsonLinesOptions, jsonLines } from './json-lines.ts';
export { textLines } from './text-lines.ts';
