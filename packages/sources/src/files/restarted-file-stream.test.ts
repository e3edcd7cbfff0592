import { memoryStore, StreamingContext, seconds } from '@millrace/core';
import { collectOutputs, inlineBackend, ManualClock, runBatches } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { Spool } from '../../test/spool.ts';
import { textFileStream } from './index.ts';

/** A job with a checkpoint that is started again and again over one directory, each time as late as the last one ended. */
function restarted() {
  const spool = new Spool();
  const store = memoryStore();
  const clock = new ManualClock(10_000);
  const run = async (batches: number, whileUp = () => {}): Promise<unknown[]> => {
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
    ssc.checkpoint(store);
    const outputs = collectOutputs(textFileStream(ssc, spool.path));
    await ssc.start();
    whileUp();
    await runBatches(ssc, clock, batches);
    await ssc.stop();
    return outputs.flatMap(({ records }) => records);
  };
  return { spool, clock, run, [Symbol.dispose]: () => spool[Symbol.dispose]() };
}

test('files that were written while the job was down are new, those of before it are not', async () => {
  using job = restarted();
  job.spool.put('old', 'no\n', 10_000);
  expect(await job.run(1, () => job.spool.put('a', 'a\n', 10_500))).toEqual(['a']);
  job.spool.put('b', 'b\n', 11_500);
  await job.clock.advance(2000);
  expect(await job.run(1)).toEqual(['b']);
});

test('so are those that were written before the first batch of a job that ended before it', async () => {
  using job = restarted();
  job.spool.put('old', 'no\n', 10_000);
  expect(await job.run(0, () => job.spool.put('a', 'a\n', 10_500))).toEqual([]);
  job.spool.put('b', 'b\n', 10_600);
  await job.clock.advance(5000);
  expect(await job.run(1)).toEqual(['a', 'b']);
});
