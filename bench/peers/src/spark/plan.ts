import { closeSync, openSync, writeSync } from 'node:fs';
import type { Block } from '@millrace/core';

/** A batch as bytes that every contender decodes and cuts into lines itself, each block a partition. */
export interface RawBatch {
  readonly blocks: readonly Block[];
}

/** Which batches all contenders get, so that they get the same. */
export interface Plan {
  /** All batches that there are. */
  readonly batches: readonly RawBatch[];
  /** Numbers of those that come first: they fill windows and state, and warm up. */
  readonly preload: readonly number[];
  /** Numbers of those of the n-th run, n from 0; some are run again before it, as in every race. */
  readonly run: (n: number) => readonly number[];
}

/** Numbers from one to another, without it, that begin again at a number of batches. */
export function cyclic(from: number, to: number, batches: number): number[] {
  return Array.from({ length: to - from }, (_, i) => (from + i) % batches);
}

/** How many lines a batch has. */
export const linesOf = ({ blocks }: RawBatch): number => blocks.reduce((sum, { count }) => sum + count, 0);

/** Writes all batches to a file, a line after the other. */
export function writeLines(path: string, batches: readonly RawBatch[]): void {
  const file = openSync(path, 'w');
  try {
    for (const { blocks } of batches) {
      for (const { bytes } of blocks) {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        if (bytes.at(-1) !== NEWLINE) writeSync(file, '\n');
      }
    }
  } finally {
    closeSync(file);
  }
}

const NEWLINE = 10;
