import { linesBlock } from '@millrace/core';
import { zipfWord } from '../words.ts';
import type { RawBatch } from './plan.ts';

const LINE_BYTES = 100;
const VOCABULARY = 50_000;
const SEED = 1;
/** A partition for each of two cores. */
export const BLOCKS = 2;

/** Batches of lines of exactly 100 bytes: words of Zipf's distribution over 50,000, and dots where no word fits any more. */
export function textBatches(batches: number, lines: number): RawBatch[] {
  const word = zipfWord({ vocabulary: VOCABULARY, seed: SEED });
  const line = () => {
    let text = word();
    for (let next = word(); text.length + 1 + next.length <= LINE_BYTES; next = word()) text += ` ${next}`;
    return text.length < LINE_BYTES - 1 ? `${text} `.padEnd(LINE_BYTES, '.') : text.padEnd(LINE_BYTES, '.');
  };
  return Array.from({ length: batches }, () => inBlocks(Array.from({ length: lines }, line)));
}

/** Lines in partitions of equally many. */
export function inBlocks(lines: readonly string[]): RawBatch {
  const cut = (b: number) => Math.floor((lines.length * b) / BLOCKS);
  const parts = Array.from({ length: BLOCKS }, (_, b) => lines.slice(cut(b), cut(b + 1)));
  return { blocks: parts.map((part) => linesBlock(`${part.join('\n')}\n`)) };
}
