import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import { faultyStore, storeFaultOf } from './faulty-store.ts';

const put = (n: number) => [{ kind: 'put' as const, key: ['n', n], value: new Uint8Array(1) }];

test.each([
  ['before it takes effect', { at: 2, code: 'EIO' }, [0, 1], 'MR_CHECKPOINT_IO'],
  ['after it took effect', { at: 2, after: true, code: 'ENOSPC' }, [0, 1, 2], 'MR_CHECKPOINT_IO'],
  ['as a crash', { at: 0, after: true }, [0], undefined],
])('a write fails %s, and all behind it', async (_when, fault, left, code) => {
  const inner = memoryStore();
  const store = faultyStore(inner, fault);
  await store.open();
  const results = await Promise.allSettled([0, 1, 2, 3].map((n) => store.write(put(n))));
  expect(results.map(({ status }) => status)).toEqual(
    [0, 1, 2, 3].map((n) => (n < fault.at ? 'fulfilled' : 'rejected')),
  );
  for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe(code);
  expect([store.broken, store.writes]).toEqual([true, 4]);
  await store.close();
  await inner.open();
  expect([...inner.entries([])].map(({ key }) => key[1])).toEqual(left);
});

test('faults by seeds are the same for the same seed, and of all kinds', () => {
  const faults = Array.from({ length: 500 }, (_, seed) => storeFaultOf(seed, 7));
  expect(faults).toEqual(Array.from({ length: 500 }, (_, seed) => storeFaultOf(seed, 7)));
  expect(new Set(faults.map(({ at }) => at))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['ENOSPC', 'EIO', 'EROFS', undefined]));
  // Every write, before and after.
  expect(new Set(faults.map(({ at, after }) => `${at} ${after}`)).size).toBe(14);
});
