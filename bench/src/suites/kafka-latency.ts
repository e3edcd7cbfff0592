import { estimate, quantile, type Row, type Suite } from '@millrace/bench';
import { loadJob } from '@millrace/core';
import type { KafkaPort } from '@millrace/kafka';
import { backendOf } from '../contenders.ts';
import type kafkaWindow from '../jobs/kafka-window.job.ts';
import { brokers, noBroker, withPort, withTopics } from '../kafka/broker.ts';
import { Sender } from '../senders/sender.ts';

const LOAD = new URL('../senders/kafka-load.ts', import.meta.url);
const JOB = new URL('../jobs/kafka-window.job.ts', import.meta.url);
const RATE = 20_000;
const PARTITIONS = 2;
const INTERVALS_MS = [20, 50, 100];
const WARM_UP_MS = 3000;

/** Reads results as they come, and notes how long after its newest record each one is there that has a new one. */
class Latencies {
  readonly values: number[] = [];
  readonly #newest = new Map<string, number>();
  #counts = false;
  #goesOn = true;
  readonly #done: Promise<unknown>;

  constructor(port: KafkaPort, topic: string, topicId: string) {
    this.#done = Promise.all(Array.from({ length: PARTITIONS }, (_, p) => this.#follow(port, topic, topicId, p)));
  }

  begin(): void {
    this.#counts = true;
  }

  async end(): Promise<void> {
    this.#goesOn = false;
    await this.#done;
  }

  async #follow(port: KafkaPort, topic: string, topicId: string, partition: number): Promise<void> {
    const how = { topic, topicId, partition, isolation: 'read_committed', maxBytes: 2 ** 20, maxWaitMs: 50 } as const;
    for (let offset = 0; this.#goesOn; ) {
      const { records, next } = await port.fetch({ ...how, offset });
      const now = performance.timeOrigin + performance.now();
      offset = next;
      for (const { key, value } of records) {
        const name = String(key);
        const newest = Number(String(value).split(' ')[1]);
        if (newest <= (this.#newest.get(name) ?? 0)) continue;
        this.#newest.set(name, newest);
        if (this.#counts) this.values.push(now - newest);
      }
    }
  }
}

/** Latencies in ms at one batch interval. */
async function latencies(intervalMs: number, measureMs: number): Promise<number[]> {
  return withTopics({ from: PARTITIONS, to: PARTITIONS }, ({ from, to }) =>
    // A connection for each: a fetch that waits holds up the others.
    withPort(async (port) => {
      const [info] = await port.topics([to as string]);
      const { ssc } = await loadJob<typeof kafkaWindow>(JOB, {
        backend: backendOf('threads2'),
        params: { brokers: brokers() ?? [], from: from as string, to: to as string, intervalMs },
        warn: () => {},
      });
      await ssc.start();
      const failed = ssc.awaitTermination();
      failed.catch(() => {});
      const found = new Latencies(port, to as string, info?.id as string);
      try {
        await using _load = await Sender.open(LOAD, [from as string, String(PARTITIONS), String(RATE)]);
        const wait = (ms: number) => Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), failed]);
        await wait(WARM_UP_MS);
        found.begin();
        await wait(measureMs);
      } finally {
        await found.end();
        await ssc.stop();
      }
      return found.values;
    }),
  );
}

/** How long a result takes from its newest record to whoever reads it. */
export const kafkaLatencySuite: Suite = {
  id: 'kafka-latency',
  title: 'From a Kafka topic through a window to another',
  group: 'Live input',
  about: `${RATE.toLocaleString('en')} records of 100 bytes a second at a steady rate (open loop), 100 keys, counted over the last second in every batch, on threads(2) and a broker of this machine. A latency is from the time at which the newest record of a result was to be sent, to its result at a reader of the other topic.`,
  collections: ['full', 'latency'],
  needs: noBroker,
  async run(context) {
    const measureMs = context.quick ? 3000 : 6000;
    const found = INTERVALS_MS.map(() => ({ p50: [] as number[], p99: [] as number[] }));
    for (let round = 0; round < context.runs; round++) {
      for (const [i, intervalMs] of INTERVALS_MS.entries()) {
        const done = (round * INTERVALS_MS.length + i) / (context.runs * INTERVALS_MS.length);
        context.progress(done, `batches of ${intervalMs} ms, run ${round + 1} of ${context.runs}`);
        const values = await latencies(intervalMs, measureMs);
        found[i]!.p50.push(quantile(values, 0.5));
        found[i]!.p99.push(quantile(values, 0.99));
      }
    }
    const row = (contender: string, values: readonly number[]): Row => ({
      suite: this.id,
      contender,
      metric: 'latency',
      unit: 'ms',
      better: 'lower',
      ...estimate(values),
    });
    return {
      rows: INTERVALS_MS.flatMap((intervalMs, i) => [
        row(`batches of ${intervalMs} ms: p50`, found[i]!.p50),
        row(`batches of ${intervalMs} ms: p99`, found[i]!.p99),
      ]),
      ratios: {},
    };
  },
};
