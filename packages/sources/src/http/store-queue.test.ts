import type { Block } from '@millrace/core';
import { describe, expect, it } from 'vitest';
import type { Portion } from './body-format.ts';
import { mergePartitions } from './merge-partitions.ts';
import { StoreQueue } from './store-queue.ts';

/** A store whose answers a test gives. */
class SlowStore {
  readonly stored: (readonly unknown[] | string)[] = [];
  readonly answers: PromiseWithResolvers<void>[] = [];

  storeMany(records: readonly unknown[]): Promise<void> {
    return this.#keep([...records]);
  }

  storeBytes({ bytes }: Block): Promise<void> {
    return this.#keep(Buffer.from(bytes).toString());
  }

  #keep(what: readonly unknown[] | string): Promise<void> {
    this.stored.push(what);
    const answer = Promise.withResolvers<void>();
    this.answers.push(answer);
    return answer.promise;
  }
}

const values = (...records: unknown[]): Portion => ({ kind: 'records', records, bytes: 1 });
const text = (line: string): Portion => ({ kind: 'lines', bytes: Buffer.from(`${line}\n`), lines: 1 });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('portions', () => {
  it('are stored at once, or together when they come meanwhile, in order', async () => {
    const store = new SlowStore();
    const queue = new StoreQueue(store);
    const done: number[] = [];
    const portions = [values(1), values(2), values(3, 4), text('a'), text('b'), values(5)];
    portions.forEach((portion, i) => void queue.put(portion).then(() => done.push(i)));
    expect(store.stored).toEqual([[1]]);
    for (let i = 0; i < 4; i++) {
      store.answers[i]!.resolve();
      await turn();
    }
    expect(store.stored).toEqual([[1], [2, 3, 4], 'a\nb\n', [5]]);
    expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('that cannot be stored do not take their neighbours with them', async () => {
    const store = new SlowStore();
    const queue = new StoreQueue(store);
    const results = Promise.allSettled([1, 2, 3, 4].map((n) => queue.put(values(n))));
    store.answers[0]!.resolve();
    await turn();
    store.answers[1]!.reject(new Error('together'));
    for (const [at, fails] of [false, true, false].entries()) {
      await turn();
      if (fails) store.answers[2 + at]!.reject(new Error('alone'));
      else store.answers[2 + at]!.resolve();
    }
    expect((await results).map((r) => r.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(store.stored).toEqual([[1], [2, 3, 4], [2], [3], [4]]);
  });
});

describe('partitions', () => {
  const live = (...records: number[]) => ({ kind: 'live' as const, records });
  const lines = (count: number) => ({
    kind: 'blocks' as const,
    blocks: [{ codec: 'lines', count, bytes: new Uint8Array() }],
  });

  it('that are small are put together, in order, up to about equal size', () => {
    const small = Array.from({ length: 100 }, (_, i) => live(i));
    const merged = mergePartitions(small, 4);
    expect(merged).toHaveLength(4);
    expect(merged.flatMap((p) => (p.kind === 'live' ? p.records : []))).toEqual([...Array(100).keys()]);
  });

  it('that are of different kinds, or large, stay apart', () => {
    expect(mergePartitions([], 4)).toEqual([]);
    const large = live(...Array(100).keys());
    expect(mergePartitions([large, large], 2)).toEqual([large, large]);
    expect(mergePartitions([live(1), lines(1), lines(2), live(2)], 1)).toEqual([
      live(1),
      { kind: 'blocks', blocks: [...lines(1).blocks, ...lines(2).blocks] },
      live(2),
    ]);
  });
});
