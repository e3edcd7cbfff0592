import { single } from '@millrace/backend-single';
import { StreamingContext, seconds, Time } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { textFileStream } from '@millrace/sources/files';
import { Spool } from '../spool.ts';

/*
 * Prints how long a batch's look at a directory takes, in ms, for files that are new, that are selected, and that are too
 * old: node --conditions=@millrace/source packages/sources/test/jobs/measure-listing.ts [FILES…]
 */
for (const count of process.argv.slice(2).map(Number)) {
  using spool = new Spool();
  const clock = new ManualClock(10_000);
  const ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {} });
  const stream = textFileStream(ssc, spool.path);
  stream.foreachRDD(() => {});
  await ssc.start();
  for (let i = 0; i < count; i++) spool.put(`file-${i}`, 'x\n', 10_500);
  const look = async (timeMs: number): Promise<number> => {
    const from = performance.now();
    await stream.prepare(new Time(timeMs));
    return performance.now() - from;
  };
  const selecting = await look(11_000);
  const times = async (first: number): Promise<string> => {
    const all: number[] = [];
    for (let i = 0; i < 15; i++) all.push(await look(first + i * 1000));
    return all.sort((a, b) => a - b)[7]!.toFixed(2);
  };
  const selected = await times(12_000);
  const old = await times(200_000);
  console.log(`${count} files: new ${selecting.toFixed(2)}, selected ${selected}, too old ${old}`);
  await ssc.stop();
}
