import { closeSync, openSync, readSync } from 'node:fs';
import type { Block } from '@millrace/core';

type RawBatch = { readonly blocks: readonly Block[] };

/** Lines of raw text. */
function linesOf(block: Block): string[] {
  const { buffer, byteOffset, length } = block.bytes;
  const lines = Buffer.from(buffer, byteOffset, length).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function countWordsOf(lines: readonly string[], counts: Map<string, number>): void {
  for (const line of lines) {
    for (const word of line.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
}

/** Word count of each batch of lines. */
export function wordCount() {
  return (lines: readonly string[]): [string, number][] => {
    const counts = new Map<string, number>();
    countWordsOf(lines, counts);
    return [...counts];
  };
}

/** Word count of each batch of raw text. */
export function rawWordCount() {
  return (batch: RawBatch): [string, number][] => {
    const counts = new Map<string, number>();
    for (const block of batch.blocks) countWordsOf(linesOf(block), counts);
    return [...counts];
  };
}

/** Word count of each batch of whole lines of a file. */
export function fileWordCount(path: string) {
  return ({ from, to }: { readonly from: number; readonly to: number }): [string, number][] => {
    const bytes = Buffer.allocUnsafe(to - from);
    const file = openSync(path, 'r');
    for (let at = 0; at < bytes.length; ) at += readSync(file, bytes, at, bytes.length - at, from + at);
    closeSync(file);
    const counts = new Map<string, number>();
    countWordsOf(linesOf({ codec: 'lines', count: -1, bytes }), counts);
    return [...counts];
  };
}

/** Lines of a batch of raw text that hold `text`. */
export function grep(text: string) {
  return (batch: RawBatch): string[] =>
    batch.blocks.flatMap((block) => linesOf(block).filter((line) => line.includes(text)));
}

/** The `k` most frequent words of the last `window` batches; each batch's result is one list. */
export function topWords(k: number, window: number) {
  const totals = new Map<string, number>();
  const panes: Map<string, number>[] = [];
  return (batch: RawBatch): [string, number][][] => {
    const pane = new Map<string, number>();
    for (const block of batch.blocks) countWordsOf(linesOf(block), pane);
    slide(totals, panes, pane, window);
    return [topOf(totals, k)];
  };
}

/**
 * Occurrences of each word in the last `window` batches.
 * @param forget whether words that are gone are dropped, else kept with 0
 * @returns the update of a batch, the counts, and how many there are
 */
export function slidingCount(window: number, forget: boolean) {
  const totals = new Map<string, number>();
  const panes: Map<string, number>[] = [];
  return {
    slide(words: readonly string[]): void {
      const pane = new Map<string, number>();
      for (const word of words) pane.set(word, (pane.get(word) ?? 0) + 1);
      slide(totals, panes, pane, window, forget);
    },
    all: (): [string, number][] => [...totals],
    /** The most frequent, without a copy of all. */
    top: (k: number) => topOf(totals, k),
    size: () => totals.size,
  };
}

/** Takes the pane that leaves away from the totals and adds the one that enters. */
function slide(
  totals: Map<string, number>,
  panes: Map<string, number>[],
  entering: Map<string, number>,
  window: number,
  forget = true,
): void {
  if (panes.length === window) {
    for (const [word, n] of panes.shift()!) {
      const left = totals.get(word)! - n;
      if (left === 0 && forget) totals.delete(word);
      else totals.set(word, left);
    }
  }
  for (const [word, n] of entering) totals.set(word, (totals.get(word) ?? 0) + n);
  panes.push(entering);
}

/** The k pairs with the largest numbers, in one pass; of equal numbers the larger key first. */
export function topOf(counts: ReadonlyMap<string, number>, k: number): [string, number][] {
  const top: [string, number][] = [];
  for (const [key, n] of counts) {
    const last = top.at(-1);
    if (top.length === k && last !== undefined && (n < last[1] || (n === last[1] && key < last[0]))) continue;
    let at = top.length;
    while (at > 0 && (top[at - 1]![1] < n || (top[at - 1]![1] === n && top[at - 1]![0] < key))) at--;
    top.splice(at, 0, [key, n]);
    if (top.length > k) top.pop();
  }
  return top;
}
