import { OutputDiffers } from '@millrace/bench';
import type { Counts } from './peer.ts';
import type { Shape } from './words.ts';

/** What a window's counts come to. */
export interface Signature {
  /** Different words. */
  readonly keys: number;
  /** Their counts together. */
  readonly total: number;
  /** The largest count. */
  readonly max: number;
}

/** The signature of a window's counts. */
export function signatureOf(counts: Counts): Signature {
  let total = 0;
  let max = 0;
  for (const [, n] of counts) {
    total += n;
    max = Math.max(max, n);
  }
  return { keys: counts.length, total, max };
}

/** The counts of the last window, by counting its words from nothing: shares no code with what is measured. */
export function lastWindow(words: readonly string[], { batch, window }: Shape): Counts {
  const batches = Math.ceil(words.length / batch);
  const counts = new Map<string, number>();
  for (const word of words.slice(Math.max(0, batches - window) * batch)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}

/** @throws OutputDiffers when a program's last window is not what the words come to */
export function checkSignature(title: string, counts: Counts, expected: Signature): void {
  const found = signatureOf(counts);
  if (found.keys === expected.keys && found.total === expected.total && found.max === expected.max) return;
  const say = ({ keys, total, max }: Signature) => `${keys} words, ${total} together, at most ${max}`;
  throw new OutputDiffers(
    `the last window of ${title} has ${say(found)}; counted from nothing it has ${say(expected)}`,
  );
}
