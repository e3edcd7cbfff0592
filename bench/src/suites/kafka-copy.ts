import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
import { loadJob } from '@millrace/core';
import type { TopicInfo } from '@millrace/kafka';
import { backendOf } from '../contenders.ts';
import type kafkaCopy from '../jobs/kafka-copy.job.ts';
import { brokers, noBroker, visitRecords, withPort, withTopics, writeLines } from '../kafka/broker.ts';
import { InOrder, type Numbered } from '../kafka/in-order.ts';
import { untilRead } from '../until-read.ts';

const JOB = new URL('../jobs/kafka-copy.job.ts', import.meta.url);
const PARTITIONS = 2;
const PER_BATCH = 10_000;
/** A multiple of the partitions, so that all records of a key are in one. */
const KEYS = 100;
const LEAST = 'at least once';
const EXACTLY = 'exactly once';
const keyOf = (n: number): string => `key${n % KEYS}`;
const lineOf = (n: number): string => String(n).padEnd(100, '.');

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

/** Compares the records that a topic shows with those that were sent. @throws OutputDiffers naming a record */
const compare = (topic: string, sent: Numbered): Promise<void> =>
  withPort(async (port) => {
    const [info] = await port.topics([topic]);
    const inOrder = new InOrder(sent);
    for (const partition of info?.partitions ?? []) {
      const [end] = (await port.offsets([{ topic, partition, at: 'latest' }], 'read_committed')) as [number];
      await visitRecords(port, info as TopicInfo, partition, end, (records) => {
        for (const { key, value } of records) inOrder.see(String(key), String(value));
      });
    }
    inOrder.end();
  });

/** What exactly once costs over at least once. */
export const kafkaCopySuite: Suite = {
  id: 'kafka-copy',
  title: 'From one Kafka topic to another',
  group: 'Live input',
  about: `Records of 100 bytes with one of ${KEYS} keys from ${PARTITIONS} partitions to ${PARTITIONS} on a broker of this machine, threads(2), with a checkpoint, ${PER_BATCH} records of each partition in a batch. At least once by an idempotent producer, exactly once by a transaction for each partition of a batch. All records have to be there once, those of a key in their order.`,
  needs: noBroker,
  async run(context) {
    const records = context.quick ? 200_000 : 400_000;
    return withTopics({ from: PARTITIONS }, async ({ from }) => {
      const source = from as string;
      await writeLines(source, PARTITIONS, records, lineOf, keyOf);
      const one = (transactional: boolean) =>
        withTopics({ to: PARTITIONS }, async ({ to }) => {
          const rate = await copy(source, to as string, records, transactional);
          await compare(to as string, { records, keys: KEYS, keyOf, lineOf });
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
