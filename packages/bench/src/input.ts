import { readFileSync } from 'node:fs';
import { linesBlock, type QueueEntry } from '@millrace/core';

/** Records by their numbers: the n-th is the same whenever it is asked for. */
export interface Input<T> {
  /** What the job's queue takes for the records from one number to another, without it. */
  entry(from: number, to: number): QueueEntry<T>;
  /** The same records as the reference takes them. */
  records(from: number, to: number): readonly T[];
  /** Whether entries are bytes, which the job has to decode and the reference has not. Left out: they are not. */
  readonly isRaw?: boolean;
}

/** Records that are made once are used again: what is measured is the job, not what makes its input. */
export const POOL = 2 ** 17;

/**
 * Records of a function. The first 131,072 are made before anything is measured, and come again after them unless `pool` says
 * otherwise.
 *
 * @param record the n-th record, n from 0; a seeded generator belongs into it
 */
export function generated<T>(record: (n: number) => T, options: { readonly pool?: number } = {}): Input<T> {
  const pool = poolOf(record, options.pool ?? POOL);
  return { entry: pool, records: pool };
}

/**
 * Lines of text as raw UTF-8 in blocks, which tasks decode and cut themselves: what a source gives that reads bytes.
 *
 * @param line the n-th line, without a newline
 * @param options `blocks`: in how many partitions a batch comes (2); `pool`: after so many lines the first comes again (131,072)
 */
export function generatedLines(
  line: (n: number) => string,
  options: { readonly blocks?: number; readonly pool?: number } = {},
): Input<string> {
  const { blocks = 2, pool: size = POOL } = options;
  if (!Number.isInteger(blocks) || blocks < 1)
    throw new Error(`blocks ${blocks}: it takes a whole number of at least 1`);
  const pool = poolOf(line, size);
  return {
    entry(from, to) {
      const cut = (b: number) => from + Math.floor(((to - from) * b) / blocks);
      const texts = Array.from({ length: blocks }, (_, b) => pool(cut(b), cut(b + 1)));
      // A newline behind the last, too: it may be empty.
      return { blocks: texts.filter(({ length }) => length > 0).map((lines) => linesBlock(`${lines.join('\n')}\n`)) };
    },
    records: pool,
    isRaw: true,
  };
}

/**
 * The lines of a text file, as raw UTF-8 in blocks like those of `generatedLines`; after the last one the first comes again. The
 * file is read when its lines are first asked for. Its newlines are `\n` or `\r\n`.
 *
 * @param file its URL, as in `new URL('./access.log', import.meta.url)`
 * @param options `blocks`: in how many partitions a batch comes (2)
 * @throws Error where there is no such file, or it is empty, when lines are asked for
 */
export function fileLines(file: URL, options: { readonly blocks?: number } = {}): Input<string> {
  let input: Input<string> | null = null;
  const lines = () => {
    if (input !== null) return input;
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (text === '') throw new Error(`${file} is empty: an input needs at least one line`);
    const all = text.split(/\r?\n/);
    input = generatedLines((n) => all[n] as string, { ...options, pool: all.length });
    return input;
  };
  return {
    entry: (from, to) => lines().entry(from, to),
    records: (from, to) => lines().records(from, to),
    isRaw: true,
  };
}

export function poolOf<T>(record: (n: number) => T, size: number): (from: number, to: number) => T[] {
  if (!Number.isInteger(size) || size < 1) throw new Error(`pool ${size}: it takes a whole number of at least 1`);
  const made: T[] = [];
  return (from, to) =>
    Array.from({ length: to - from }, (_, i) => {
      const n = (from + i) % size;
      while (made.length <= n) made.push(record(made.length));
      return made[n] as T;
    });
}
