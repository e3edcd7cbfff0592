import { HandWindow } from '../hand-window.ts';
import type { RawBatch } from './plan.ts';
import { topOf } from './top.ts';

/* What the jobs do, written by hand. */

/** Word count of each batch. */
export function wordCount() {
  return (batch: RawBatch): [string, number][] => [...wordsOf(batch)];
}

/** The `k` most frequent words of the last `window` batches; each batch's result is one list. */
export function topWords(k: number, window: number) {
  const counts = new HandWindow(window);
  return (batch: RawBatch): [string, number][][] => [topOf(counts.totalsWith(wordsOf(batch)), k)];
}

/** How often each key has occurred so far: for each line, which is a key, its new total. */
export function keyedTotals() {
  const totals = new Map<string, number>();
  return (batch: RawBatch): [string, number][] => {
    const updated: [string, number][] = [];
    for (const block of batch.blocks) {
      for (const key of linesIn(block)) {
        const total = (totals.get(key) ?? 0) + 1;
        totals.set(key, total);
        updated.push([key, total]);
      }
    }
    return updated;
  };
}

function wordsOf(batch: RawBatch): Map<string, number> {
  const counts = new Map<string, number>();
  for (const block of batch.blocks) {
    for (const line of linesIn(block)) {
      for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

function linesIn({ bytes }: RawBatch['blocks'][number]): string[] {
  const { buffer, byteOffset, length } = bytes;
  const lines = Buffer.from(buffer, byteOffset, length).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
