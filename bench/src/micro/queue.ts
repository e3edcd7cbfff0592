import { micro, StepClock } from '@millrace/bench';
import { BlockGenerator } from '../../../packages/core/src/receiver/block-generator.ts';
import type { ReceivedBlock } from '../../../packages/core/src/receiver/received-block.ts';
import { DueTimes } from '../../../packages/core/src/schedule/due-times.ts';
import { lazily } from './lazily.ts';
import { COUNT, words } from './records.ts';

/** What a receiver stores, one record after the other, and the block that is cut of it. */
function storeAll(): () => number {
  const records = words();
  let last: ReceivedBlock | null = null;
  const generator = new BlockGenerator({
    streamId: 0,
    blockIntervalMs: 200,
    clock: new StepClock(),
    push(block) {
      last = block;
      return undefined;
    },
    onError(error) {
      throw error;
    },
  });
  generator.start();
  return () => {
    for (const record of records) generator.add(record);
    generator.tick();
    return last?.numRecords ?? 0;
  };
}

/** Batch times that become due while a job is behind, and are taken out. @param steps lengths of the interval, in turns */
function waitAll(steps: readonly number[]): () => number {
  return () => {
    const due = new DueTimes();
    let time = 0;
    for (let i = 0; i < COUNT; i++) {
      const step = steps[i % steps.length] as number;
      time += step;
      due.push(time, step);
    }
    let sum = 0;
    for (let next = due.shift(); next !== undefined; next = due.shift()) sum += next;
    return sum;
  };
}

/** By what waits. */
export const queueTasks: Readonly<Record<string, () => number>> = {
  'records of a receiver': lazily(storeAll),
  'batch times': lazily(() => waitAll([100])),
  'batch times of changing intervals': lazily(() => waitAll([100, 50])),
};

/** What waits for a batch. */
export const queueSuite = micro({
  id: 'micro-queue',
  title: 'Queues',
  about: `${COUNT.toLocaleString('en')} records stored by a receiver and cut into a block; as many batch times that wait and are taken.`,
  tasks: queueTasks,
  per: COUNT,
});
