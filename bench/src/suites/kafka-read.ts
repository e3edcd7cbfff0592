import { OutputDiffers, type Runner, type Suite, takeTurns, turnRatio, turnRows } from '@millrace/bench';
import { loadJob } from '@millrace/core';
import type { TopicInfo } from '@millrace/kafka';
import { backendOf, TITLES } from '../contenders.ts';
import type kafkaWords from '../jobs/kafka-words.job.ts';
import { brokers, countRecords, noBroker, withPort, withTopics, writeLines } from '../kafka/broker.ts';
import { untilRead } from '../until-read.ts';

const JOB = new URL('../jobs/kafka-words.job.ts', import.meta.url);
const PARTITIONS = 4;
const PER_BATCH = 50_000;
/** 100 bytes: 12 words of 7 letters, and 4 bytes more. */
const lineOf = (i: number): string =>
  `${Array.from({ length: 12 }, (_, at) => `word${String((i * 31 + at * 17) % 997).padStart(3, '0')}`).join(' ')} end.`;
const CONSUMER = 'consumer of kafkajs, only counts';

/** Records a second of kafkajs's own consumer that only counts, from the moment it has its partitions. */
async function countOnly(topic: string, records: number): Promise<number> {
  const { Kafka, logLevel } = (await import('kafkajs')).default;
  const kafka = new Kafka({ brokers: [...(brokers() ?? [])], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topic}-${performance.now()}` });
  let begun = 0;
  let ended = 0;
  let count = 0;
  const complete = Promise.withResolvers<void>();
  consumer.on(consumer.events.GROUP_JOIN, () => {
    begun = performance.now();
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => complete.reject(payload.error));
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: PARTITIONS,
      eachBatch: async ({ batch }) => {
        count += batch.messages.length;
        ended = performance.now();
        if (count >= records) complete.resolve();
      },
    });
    await complete.promise;
  } finally {
    await consumer.disconnect();
  }
  if (count !== records) throw new OutputDiffers(`the consumer counted ${count} records where there are ${records}`);
  return (records / (ended - begun)) * 1000;
}

/** Records a second of a loop over the port that the engine reads by, which only fetches, decodes and counts. */
async function fetchOnly(topic: string, records: number): Promise<number> {
  return withPort(async (port) => {
    const [info] = await port.topics([topic]);
    const from = performance.now();
    const counts = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) =>
        countRecords(port, info as TopicInfo, partition, records / PARTITIONS),
      ),
    );
    const seconds = (performance.now() - from) / 1000;
    const total = counts.reduce((a, b) => a + b, 0);
    if (total !== records) throw new OutputDiffers(`the loop counted ${total} records where there are ${records}`);
    return records / seconds;
  });
}

/** Records a second of a word count by the engine, from the begin of its first batch to the end of its last. */
async function countWords(
  id: 'single' | 'threads2',
  topic: string,
  records: number,
  expected: ReadonlyMap<string, number>,
): Promise<number> {
  const { ssc, streams } = await loadJob<typeof kafkaWords>(JOB, {
    backend: backendOf(id),
    params: { brokers: brokers() ?? [], topic, perBatch: PER_BATCH },
    warn: () => {},
  });
  const found = new Map<string, number>();
  streams.counts.foreachRDD(
    async (rdd) => {
      for (const [word, n] of await rdd.collect()) found.set(word, (found.get(word) ?? 0) + n);
    },
    { name: 'deliver' },
  );
  const rate = await untilRead(ssc, records);
  compare(TITLES[id], found, expected);
  return rate;
}

/** How often each word is in that many records, by a loop over them. */
function wordsOf(records: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let n = 0; n < records; n++)
    for (const word of lineOf(n).split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** @throws OutputDiffers naming a word */
function compare(title: string, found: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): void {
  for (const word of new Set([...expected.keys(), ...found.keys()])) {
    const [n, due] = [found.get(word) ?? 0, expected.get(word) ?? 0];
    if (n !== due)
      throw new OutputDiffers(`${title} counted ${JSON.stringify(word)} ${n} times, where it is there ${due} times`);
  }
}

/** What it costs that records come from Kafka into batches, and are worked on. */
export const kafkaReadSuite: Suite = {
  id: 'kafka-read',
  title: 'Words of a Kafka topic',
  group: 'Live input',
  about: `Records of 100 bytes in ${PARTITIONS} partitions of a topic, on a broker of this machine. A consumer of kafkajs that only counts records, the loop that people write; a loop over Millrace's own requests on kafkajs's connections that only decodes and counts them; and the engine, which counts words, ${PER_BATCH} records of each partition in a batch. The counts of all words are compared with those of a loop, and the number of records of the two that count them.`,
  needs: noBroker,
  async run(context) {
    const records = context.quick ? 400_000 : 1_000_000;
    return withTopics({ words: PARTITIONS }, async ({ words }) => {
      const topic = words as string;
      context.progress(0, 'writes the topic');
      await writeLines(topic, PARTITIONS, records, lineOf);
      const expected = wordsOf(records);
      const runners: readonly Runner[] = [
        { title: CONSUMER, run: () => countOnly(topic, records) },
        { title: 'requests of Millrace, only counts', run: () => fetchOnly(topic, records) },
        ...(['single', 'threads2'] as const).map((id) => ({
          title: TITLES[id],
          run: () => countWords(id, topic, records, expected),
        })),
      ];
      const turns = await takeTurns(runners, context);
      return {
        rows: turnRows(turns, { suite: this.id, metric: 'throughput', unit: 'records/s', better: 'higher' }),
        ratios: { 'kafka.read/raw': turnRatio(turns, TITLES.threads2, CONSUMER) },
      };
    });
  },
};
