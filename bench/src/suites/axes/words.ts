import { linesBlock, type QueueEntry } from '@millrace/core';
import { zipfRanks } from '../../data/zipf.ts';

const VOCABULARY = 10_000;
const POOL = 2 ** 18;

/** Words by their numbers: Zipf's law with s = 1 over a vocabulary of 10,000; after 262,144 the first comes again. */
export function zipfWords(): (from: number, count: number) => string[] {
  const rank = zipfRanks(VOCABULARY, 1, 1);
  const pool = Array.from({ length: POOL }, () => `word${rank()}`);
  return (from, count) => Array.from({ length: count }, (_, i) => pool[(from + i) % POOL] as string);
}

/** A batch of lines as raw text, in equal parts. */
export function inBlocks(lines: readonly string[], blocks: number): QueueEntry<string> {
  const cut = (b: number) => Math.floor((b * lines.length) / blocks);
  return {
    blocks: Array.from({ length: blocks }, (_, b) => linesBlock(lines.slice(cut(b), cut(b + 1)).join('\n'))),
  };
}
