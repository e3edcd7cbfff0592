import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutputDiffers, type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
import { loadJob } from '@millrace/core';
import type { TopicInfo } from '@millrace/kafka';
import { backendOf } from '../contenders.ts';
import type kafkaCopy from '../jobs/kafka-copy.job.ts';
import { brokers, countRecords, noBroker, withPort, withTopics, writeLines } from '../kafka/broker.ts';
import { untilRead } from '../until-read.ts';

const JOB = new URL('../jobs/kafka-copy.job.ts', import.meta.url);
const PARTITIONS = 2;
const PER_BATCH = 10_000;
const LEAST = 'at least once';
const EXACTLY = 'exactly once';
const lineOf = (i: number): string => String(i).padEnd(100, '.');

/** Records a second from topic to topic with a checkpoint, from the begin of the first batch to the end of the last. */
async function copy(from: string, to: string, records: number, transactional: boolean): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const { ssc } = await loadJob<typeof kafkaCopy>(JOB, {
    backend: backendOf('threads2'),
    params: { brokers: brokers() ?? [], from, to, perBatch: PER_BATCH, transactional },
    checkpoint: join(dir, 'checkpoint'),
    warn: () => {},
  });
  try {
    return await untilRead(ssc, records);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** How many records a topic shows. */
const countOf = (topic: string): Promise<number> =>
  withPort(async (port) => {
    const [info] = await port.topics([topic]);
    let count = 0;
    for (const partition of info?.partitions ?? []) {
      const [end] = (await port.offsets([{ topic, partition, at: 'latest' }], 'read_committed')) as [number];
      count += await countRecords(port, info as TopicInfo, partition, end);
    }
    return count;
  });

/** What exactly once costs over at least once. */
export const kafkaCopySuite: Suite = {
  id: 'kafka-copy',
  title: 'From one Kafka topic to another',
  group: 'Live input',
  about: `Records of 100 bytes from ${PARTITIONS} partitions to ${PARTITIONS} on a broker of this machine, threads(2), with a checkpoint, ${PER_BATCH} records of each partition in a batch. At least once by an idempotent producer, exactly once by a transaction for each partition of a batch. All records have to be there.`,
  needs: noBroker,
  async run(context) {
    const records = context.quick ? 200_000 : 400_000;
    return withTopics({ from: PARTITIONS }, async ({ from }) => {
      const source = from as string;
      await writeLines(source, PARTITIONS, records, lineOf);
      const one = (transactional: boolean) =>
        withTopics({ to: PARTITIONS }, async ({ to }) => {
          const rate = await copy(source, to as string, records, transactional);
          const found = await countOf(to as string);
          if (found !== records) throw new OutputDiffers(`${found} records arrived where ${records} were sent`);
          return rate;
        });
      const runners = [
        { title: LEAST, run: () => one(false) },
        { title: EXACTLY, run: () => one(true) },
      ];
      const turns = await takeTurns(runners, context);
      return {
        rows: turnRows(turns, { suite: this.id, metric: 'throughput', unit: 'records/s', better: 'higher' }),
        ratios: { 'kafka.exactly-once/at-least-once': turnRatio(turns, EXACTLY, LEAST) },
      };
    });
  },
};
