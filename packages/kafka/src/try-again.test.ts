import { expect, test } from 'vitest';
import { hasCode, KafkaFailure, refusedWith } from './failure.ts';
import { InTurn } from './in-turn.ts';
import { tryAgain } from './try-again.ts';

const SOON = { most: 4, firstWaitMs: 0, longestWaitMs: 0 } as const;

async function tried(failure: unknown, options: Parameters<typeof tryAgain>[2] = {}) {
  let times = 0;
  const result = await tryAgain(
    SOON,
    async () => {
      times++;
      throw failure;
    },
    options,
  ).catch((e: unknown) => e);
  expect(result).toBe(failure);
  return times;
}

test('only what may succeed later is tried again, and not for ever', async () => {
  expect(await tried(new KafkaFailure('again', 'away'))).toBe(4);
  expect(await tried(new KafkaFailure('fatal', 'wrong'))).toBe(1);
  expect(await tried(new TypeError('a mistake'))).toBe(1);
  expect(await tried(new KafkaFailure('again', 'away'), { worthIt: hasCode })).toBe(1);
  expect(await tried(refusedWith(15, 'not found'), { worthIt: hasCode })).toBe(4);
  expect(await tried(new KafkaFailure('again', 'away'), { signal: AbortSignal.abort() })).toBe(1);
});

test('work in turn keeps its order, also behind work that fails', async () => {
  const turns = new InTurn();
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  const first = turns.do(async () => {
    await gate.promise;
    seen.push('first');
    throw new Error('failed');
  });
  const second = turns.do(async () => seen.push('second'));
  gate.resolve();
  await expect(first).rejects.toThrow('failed');
  await second;
  expect(seen).toEqual(['first', 'second']);
});
