import { zipfRanks } from '../data/zipf.ts';

/** Of each line; the records of Discretized Streams (SOSP 2013) have as many. */
export const LINE_BYTES = 100;
const VOCABULARY = 50_000;
/** In every thousandth line. */
export const NEEDLE = 'millrace';

/** The n-th line, of exactly 100 bytes. Words are drawn by Zipf's law with s = 1. */
export function makeLines(seed: number): (n: number) => string {
  const rank = zipfRanks(VOCABULARY, 1, seed);
  return (n) => {
    let line = n % 1000 === 0 ? NEEDLE : `w${rank().toString(36)}`;
    while (line.length < LINE_BYTES - 6) line += ` w${rank().toString(36)}`;
    return line.padEnd(LINE_BYTES, '.');
  };
}
