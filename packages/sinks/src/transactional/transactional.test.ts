import { single } from '@millrace/backend-single';
import { StreamingContext, seconds, Time } from '@millrace/core';
import { ManualClock, registerCases, runBatches, TestSource } from '@millrace/core/testing';
import { describe, expect, it, test } from 'vitest';
import { MemoryTarget, transactionalTargetConformance } from '../testing/index.ts';
import { type TransactionalTarget, transactionalSink } from './index.ts';
import { writeOnce } from './write-once.ts';

registerCases(
  'a target in memory',
  transactionalTargetConformance(() => {
    const target = new MemoryTarget<number>();
    return { target, record: (i) => i, rows: () => target.rows };
  }),
  { describe, it },
);

test('the suite finds targets that write twice, show too early, forget the layout, or mix up names', async () => {
  const broken: Record<string, (target: MemoryTarget<number>) => TransactionalTarget<number>> = {
    'forgets receipts': (t) => ({ begin: () => t.begin(), seen: () => null }),
    'commits each chunk': (t) => ({
      seen: (id) => t.seen(id),
      begin: () => ({ ...t.begin(), write: (records) => void (t.rows as number[]).push(...records) }),
    }),
    'one receipt for all': (t) => ({
      seen: (id) => t.seen({ ...id, job: 'x' }),
      begin: () => {
        const begun = t.begin();
        return { ...begun, commit: (receipt) => begun.commit({ ...receipt, job: 'x' }) };
      },
    }),
    'no layout': (t) => ({
      seen: (id) => t.seen(id),
      begin: () => {
        const begun = t.begin();
        return { ...begun, commit: (receipt) => begun.commit({ ...receipt, numPartitions: 2 }) };
      },
    }),
  };
  for (const [name, make] of Object.entries(broken)) {
    const cases = transactionalTargetConformance(() => {
      const target = new MemoryTarget<number>();
      return { target: make(target), record: (i) => i, rows: () => target.rows };
    });
    const results = await Promise.allSettled(cases.map((each) => each.run()));
    expect(results.filter(({ status }) => status === 'rejected').length, name).toBeGreaterThan(0);
  }
});

const lost = () => Object.assign(new Error('connection lost'), { lost: true });

/** A target that loses its connection at given steps, counted over all transactions; a commit may have come through. */
function shaky(
  target: MemoryTarget<number>,
  failAt: readonly number[],
  when: 'before' | 'after',
): TransactionalTarget<number> {
  let step = 0;
  const flaky = <R>(work: () => R): R => {
    const fails = failAt.includes(step++);
    if (fails && when === 'before') throw lost();
    const result = work();
    if (fails) throw lost();
    return result;
  };
  return {
    seen: (id) => flaky(() => target.seen(id)),
    begin: () => {
      const begun = flaky(() => target.begin());
      return {
        write: (records) => flaky(() => begun.write(records)),
        commit: (receipt) => flaky(() => begun.commit(receipt)),
        rollback: () => flaky(() => begun.rollback()),
      };
    },
    retryable: (e) => (e as { lost?: boolean }).lost === true,
  };
}

test('connections that are lost at any step, also after the commit came through, lose and repeat nothing', async () => {
  for (const when of ['before', 'after'] as const) {
    for (let a = 0; a < 12; a++) {
      for (let b = a + 1; b < 13; b++) {
        const target = new MemoryTarget<number>();
        const clock = new ManualClock();
        const partition = {
          job: 'j',
          output: 'o',
          time: new Time(1000),
          numPartitions: 1,
          partition: 0,
          clock,
          open: () => Promise.reject(new Error('not used')),
        };
        // Can be gone through once.
        const records = [1, 2, 3, 4, 5].values();
        const options = { chunkSize: 2, retries: 5, backoff: { initialMs: 100, maxMs: 1000 } };
        let done = false;
        const written = writeOnce(shaky(target, [a, b], when), records, partition, options).finally(() => {
          done = true;
        });
        while (!done) await clock.advance(100);
        expect((await written).records, `${when} ${a} ${b}`).toBe(5);
        expect(target.rows, `${when} ${a} ${b}`).toEqual([1, 2, 3, 4, 5]);
        expect(clock.pending).toBe(0);
      }
    }
  }
});

test('what is not retryable, or fails too often, fails the batch and leaves nothing', async () => {
  for (const [retryable, attempts] of [
    [false, 1],
    [true, 3],
  ] as const) {
    const target = new MemoryTarget<number>();
    let begun = 0;
    const broken: TransactionalTarget<number> = {
      seen: (id) => target.seen(id),
      begin: () => {
        begun += 1;
        return { ...target.begin(), commit: () => Promise.reject(new Error('secret: no space.')) };
      },
      retryable: () => retryable,
      shown: (e) => new Error((e as Error).message.replace('secret: ', '')),
    };
    const clock = new ManualClock();
    const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {}, name: 'job' });
    transactionalSink(new TestSource(ssc, [[1, 2]]), broken, {
      name: 'stored',
      retries: 2,
      backoff: { initial: 1, max: 1 },
    });
    await ssc.start();
    const failed = ssc.awaitTermination().then(
      () => null,
      (e: unknown) => e as Error & { code: string },
    );
    await clock.advance(1000);
    for (let i = 0; i < 50; i++) await clock.advance(1);
    await ssc.stop();
    const failure = await failed;
    expect(failure?.code).toBe('MR_SINK_FAILED');
    expect(failure?.message).toContain(`stored failed: no space${retryable ? '. (attempt 3)' : ''}`);
    expect(failure?.message).not.toContain('secret');
    expect(begun % attempts).toBe(0);
    expect(target.rows).toEqual([]);
  }
});

test('a stream goes into a target, batch by batch', async () => {
  const target = new MemoryTarget<number>();
  const clock = new ManualClock();
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {}, name: 'job' });
  transactionalSink(new TestSource(ssc, [[1, 2], [3]], { numPartitions: 2 }), target, { name: 'stored' });
  await ssc.start();
  await runBatches(ssc, clock, 2);
  await ssc.stop();
  expect([...target.rows].sort()).toEqual([1, 2, 3]);
  expect(target.receipts.map(({ time, partition, records }) => [time, partition, records]).sort()).toEqual([
    [1000, 0, 1],
    [1000, 1, 1],
    [2000, 0, 0],
    [2000, 1, 1],
  ]);
});

test('a job without a name is refused: its receipts would be those of any other', () => {
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock(), warn: () => {} });
  const attach = () => transactionalSink(new TestSource(ssc, [[1]]), new MemoryTarget<number>());
  expect(attach).toThrow(expect.objectContaining({ code: 'MR_OPTION' }));
  expect(attach).toThrow('the name of the job');
});

test('what is no target is refused', () => {
  const ssc = new StreamingContext(single(), seconds(1), { clock: new ManualClock(), warn: () => {}, name: 'job' });
  const stream = new TestSource(ssc, [[1]]);
  expect(() => transactionalSink(stream, {} as never)).toThrow('target.seen');
  expect(() => transactionalSink(stream, new MemoryTarget(), { retry: 1 } as never)).toThrow('retry');
});
