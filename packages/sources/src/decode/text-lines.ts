import type { LinesDecoder } from './decoder.ts';

/**
 * Text, one record a line: UTF-8 (what is not becomes U+FFFD), ended by '\n' or '\r\n', the last one perhaps by nothing.
 *
 * @example
 * ```ts
 * fileStream(ssc, '/var/spool/orders', { decode: textLines() });
 * ```
 */
export function textLines(): LinesDecoder<string> {
  // The task decodes the block at once: counting its lines first would be for nobody.
  return { framing: 'lines', decode: (bytes) => ({ codec: 'lines', count: -1, bytes }) };
}
