import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { peerContender } from './contenders.ts';
import type { Counts, Peer } from './peer.ts';
import { peers } from './peers.ts';
import { floor } from './programs/floor.ts';
import { checkSignature, lastWindow, signatureOf } from './signature.ts';
import { MEASURED, zipfWords } from './words.ts';

/** Small enough that words leave the window for good; the last batch is not full. */
const small = { count: 2_050, vocabulary: 400, seed: 7, batch: 100, window: 3 };
const inputs = {
  'a last batch that is not full': zipfWords(small),
  'full batches': zipfWords({ ...small, count: 2_000 }),
  'fewer batches than a window has': zipfWords({ ...small, count: 150 }),
};

async function windowsOf(peer: Peer, words: readonly string[], times = 1): Promise<Counts[]> {
  const program = await peer.start(small);
  let windows: Counts[] = [];
  for (let i = 0; i < times; i++) {
    if (i > 0) await program.empty?.();
    windows = [];
    // Copied and sorted at once: what was delivered stays as it was, and the order of words is free.
    await program.run(words, (counts) => windows.push([...counts].sort(byWord)));
  }
  await program.close?.();
  return windows;
}

const byWord = ([a]: readonly [string, number], [b]: readonly [string, number]) => (a < b ? -1 : a > b ? 1 : 0);

/** The windows by counting each from nothing. */
function recounted(words: readonly string[]): Counts[] {
  const batches = Math.ceil(words.length / small.batch);
  return Array.from({ length: batches }, (_, i) =>
    [...lastWindow(words.slice(0, (i + 1) * small.batch), small)].sort(byWord),
  );
}

describe.each(Object.entries(inputs))('%s', (_, words) => {
  it('the floor is the count from nothing', async () => {
    expect(await windowsOf(floor, words)).toEqual(recounted(words));
  });

  it.each(peers.slice(1))('$id delivers the windows of the floor', async (peer) => {
    expect(await windowsOf(peer, words)).toEqual(await windowsOf(floor, words));
  });
});

it.each(peers)('a second run of $id begins with an empty window', async (peer) => {
  const words = inputs['full batches'];
  expect(await windowsOf(peer, words, 2)).toEqual(recounted(words));
});

it('the title of a peer says that something of it is written by hand, or its program has nothing that is', () => {
  for (const { id, title } of peers.slice(1)) {
    const program = readFileSync(new URL(`./programs/${id}.ts`, import.meta.url), 'utf8');
    expect(title.includes('hand'), id).toBe(program.includes("from '../hand-"));
  }
});

it('words leave the window for good, so that forgetting them is tested', () => {
  const sizes = recounted(inputs['full batches']).map((counts) => counts.length);
  expect(sizes.at(-1)).toBeLessThan(new Set(inputs['full batches']).size);
});

it('the words that are measured come to the signature that is known of this workload', () => {
  const words = zipfWords(MEASURED);
  expect(signatureOf(lastWindow(words, MEASURED))).toEqual({ keys: 8552, total: 100_000, max: 10_209 });
});

it('a last window that is wrong in one respect is refused', () => {
  const right: Counts = [
    ['a', 3],
    ['b', 1],
  ];
  const signature = signatureOf(right);
  const check = (counts: Counts) => () => checkSignature('x', counts, signature);
  expect(check(right)).not.toThrow();
  for (const wrong of [
    [['a', 3]],
    [
      ['a', 2],
      ['b', 2],
    ],
    [
      ['a', 3],
      ['b', 2],
    ],
    [
      ['a', 3],
      ['b', 1],
      ['c', 0],
    ],
  ] as Counts[]) {
    expect(check(wrong)).toThrow('the last window of x has');
  }
});

it('the first run of a contender ends with the signature, or it is refused', async () => {
  const words = inputs['full batches'];
  const signature = signatureOf(lastWindow(words, small));
  const forgetful: Peer = { ...floor, start: (shape) => floor.start({ ...shape, window: shape.window - 1 }) };
  const firstRunOf = async (peer: Peer) => {
    const subject = await peerContender(peer, words, small, signature).open();
    await subject.run(() => {});
  };
  await expect(firstRunOf(floor)).resolves.toBeUndefined();
  await expect(firstRunOf(forgetful)).rejects.toThrow('counted from nothing');
});
