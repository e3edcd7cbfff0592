import type { BatchInfo } from '@millrace/core';
import { expect, it } from 'vitest';
import { generated } from '../input.ts';
import type { PlainWorkload } from '../workload.ts';
import type { BenchStreams } from './engine.ts';
import { QueueFeeder } from './queue-feeder.ts';

const workload = { id: 'w', params: 'p', input: generated((n) => n), preload: 1 } as unknown as PlainWorkload;
const load = { rate: 150, intervalMs: 10, batches: 2, warmUp: 1, shape: (batch: number) => (batch === 1 ? 0 : 1) };
const at = (batchTime: number) => ({ batchTime }) as BatchInfo;

it('puts the batches of a load into the queue, a few ahead, and knows what each has', () => {
  const feeder = new QueueFeeder(workload, load);
  const queue: unknown[] = [];
  feeder.attach({ queue } as unknown as BenchStreams<unknown, unknown>);
  // 1.5 records are due in an interval.
  expect(queue).toEqual([[0], [1, 2], [3], []]);
  queue.length = 0;
  feeder.planned();
  expect(queue).toEqual([]);
  const batches = [10, 20, 30, 40, 50].map((time) => feeder.batchOf(at(time)));
  expect(batches.map((each) => each && [each.number, each.records, each.lastDue, each.atMs, each.isLast])).toEqual([
    [-2, 1, 0, 0, false],
    [-1, 2, 15, 15, false],
    [0, 1, 20, 0, false],
    [1, 0, 30, 10, true],
    null,
  ]);
  const dues = [...batches[2]!.dues()];
  expect(dues).toHaveLength(50);
  expect([dues[0], dues.at(-1)]).toEqual([
    { due: 20 - 0.1, records: 1 },
    { due: 20 - 9.9, records: 1 },
  ]);
  expect([...batches[3]!.dues()]).toEqual([]);
});

it('feeds no job that gives no queue', () => {
  const feeder = new QueueFeeder(workload, load);
  expect(() => feeder.attach({} as BenchStreams<unknown, unknown>)).toThrow('gives no queue');
});
