import { loadJob } from '@millrace/core';
import { OutputDiffers } from '../harness/compare.ts';
import { backendOf, CONTENDER_TITLES } from '../harness/contenders.ts';
import type { Row, Suite } from '../harness/suite.ts';
import { untilRead } from '../harness/until-read.ts';
import type kafkaWords from '../jobs/kafka-words.job.ts';
import { brokers, noBroker, withPort, withTopics, writeLines } from '../kafka/broker.ts';
import { estimate, pairRatios } from '../stats/stats.ts';

const JOB = new URL('../jobs/kafka-words.job.ts', import.meta.url);
const PARTITIONS = 4;
const PER_BATCH = 50_000;
/** 100 bytes: 12 words of 7 letters, and 4 bytes more. */
const lineOf = (i: number): string =>
  `${Array.from({ length: 12 }, (_, at) => `word${String((i * 31 + at * 17) % 997).padStart(3, '0')}`).join(' ')} end.`;
const WORDS = 13;

/** Records a second of a loop that only fetches and counts, all partitions at once. */
async function countOnly(topic: string, records: number): Promise<number> {
  return withPort(async (port) => {
    const [info] = await port.topics([topic]);
    const from = performance.now();
    const counts = await Promise.all(
      Array.from({ length: PARTITIONS }, async (_, partition) => {
        const how = { isolation: 'read_committed', maxBytes: 2 ** 20, maxWaitMs: 100 } as const;
        let count = 0;
        for (let offset = 0; offset < records / PARTITIONS; ) {
          const fetched = await port.fetch({ topic, topicId: info?.id as string, partition, offset, ...how });
          count += fetched.records.length;
          offset = fetched.next;
        }
        return count;
      }),
    );
    const seconds = (performance.now() - from) / 1000;
    const total = counts.reduce((a, b) => a + b, 0);
    if (total !== records) throw new OutputDiffers(`the loop counted ${total} records where there are ${records}`);
    return records / seconds;
  });
}

/** Records a second of a word count by the engine, from the begin of its first batch to the end of its last. */
async function countWords(id: 'single' | 'threads2', topic: string, records: number): Promise<number> {
  const { ssc, streams } = await loadJob<typeof kafkaWords>(JOB, {
    backend: backendOf(id),
    params: { brokers: brokers() ?? [], topic, perBatch: PER_BATCH },
    warn: () => {},
  });
  let words = 0;
  streams.counts.foreachRDD(
    async (rdd) => {
      for (const [, n] of await rdd.collect()) words += n;
    },
    { name: 'deliver' },
  );
  const rate = await untilRead(ssc, records);
  if (words !== records * WORDS) throw new OutputDiffers(`${id} counted ${words} words in ${records} records`);
  return rate;
}

/** What it costs that records come from Kafka into batches, and are worked on. */
export const kafkaReadSuite: Suite = {
  id: 'kafka-read',
  title: 'Words of a Kafka topic',
  group: 'Live input',
  about: `Records of 100 bytes in ${PARTITIONS} partitions of a topic, on a broker of this machine. The loop beside it fetches with the same client and only counts records; the engine counts words, ${PER_BATCH} records of each partition in a batch. Output is compared.`,
  quick: false,
  needs: noBroker,
  async run(context) {
    const records = context.quick ? 1_000_000 : 2_000_000;
    return withTopics({ words: PARTITIONS }, async ({ words }) => {
      const topic = words as string;
      await writeLines(topic, PARTITIONS, records, lineOf);
      const contenders = [
        { title: 'fetch loop, only counts', run: () => countOnly(topic, records), rates: [] as number[] },
        ...(['single', 'threads2'] as const).map((id) => ({
          title: CONTENDER_TITLES[id],
          run: () => countWords(id, topic, records),
          rates: [] as number[],
        })),
      ];
      for (let round = 0; round <= context.runs; round++) {
        for (let i = 0; i < contenders.length; i++) {
          const { title, run, rates } = contenders[(i + round) % contenders.length]!;
          context.progress((round * contenders.length + i) / (contenders.length * (context.runs + 1)), title);
          globalThis.gc?.({ type: 'major', execution: 'sync' });
          const rate = await run();
          // The first round warms up.
          if (round > 0) rates.push(rate);
        }
      }
      const rows = contenders.map(
        ({ title, rates }): Row => ({
          suite: this.id,
          contender: title,
          metric: 'throughput',
          unit: 'records/s',
          better: 'higher',
          ...estimate(rates),
        }),
      );
      return { rows, ratios: { 'kafka.read/raw': estimate(pairRatios(contenders[2]!.rates, contenders[0]!.rates)) } };
    });
  },
};
