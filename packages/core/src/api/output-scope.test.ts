import { expect, it } from 'vitest';
import type { Batch } from '../schedule/batch.ts';
import { inOutputOf, outputBatch } from './output-scope.ts';

const batch = { time: 1000 } as Batch;

it('names the batch over awaits, until what the output returns has settled', async () => {
  const seen: (Batch | null)[] = [];
  let late: Promise<void> = Promise.resolve();
  const go = Promise.withResolvers<void>();
  await inOutputOf(batch, async () => {
    seen.push(outputBatch());
    late = go.promise.then(() => void seen.push(outputBatch()));
    await Promise.resolve();
    seen.push(outputBatch());
  });
  // What was begun and not waited for no longer holds the batch.
  go.resolve();
  await late;
  expect(seen).toEqual([batch, batch, null]);
  expect(outputBatch()).toBe(null);
});

it('throws what the output throws, at once or later', async () => {
  const thrown = () => {
    throw new Error('at once');
  };
  await expect(inOutputOf(batch, thrown)).rejects.toThrow('at once');
  await expect(inOutputOf(batch, () => Promise.reject(new Error('later')))).rejects.toThrow('later');
});
