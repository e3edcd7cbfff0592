import { Drift, estimate, quantile, type Row, type Suite } from '@millrace/bench';
import { loadJob } from '@millrace/core';
import type { KafkaPort } from '@millrace/kafka';
import { backendOf } from '../contenders.ts';
import type kafkaWindow from '../jobs/kafka-window.job.ts';
import { brokers, noBroker, withPort, withTopics } from '../kafka/broker.ts';
import { WindowCounts } from '../kafka/window-counts.ts';
import { Sender } from '../senders/sender.ts';

const LOAD = new URL('../senders/kafka-load.ts', import.meta.url);
const JOB = new URL('../jobs/kafka-window.job.ts', import.meta.url);
const RATE = 20_000;
const PARTITIONS = 2;
const INTERVALS_MS = [20, 50, 100];
const WARM_UP_MS = 3000;
/** Of the sender. */
const KEYS = 100;

/** Reads results as they come, and notes how long after its newest record each one is there that has a new one. */
class Latencies {
  readonly values: number[] = [];
  readonly #counts = new WindowCounts({ rate: RATE, keys: KEYS, windowMs: 1000 });
  readonly #newest = new Map<string, number>();
  #isMeasured = false;
  #goesOn = true;
  readonly #done: Promise<unknown>;

  constructor(port: KafkaPort, topic: string, topicId: string) {
    this.#done = Promise.all(Array.from({ length: PARTITIONS }, (_, p) => this.#follow(port, topic, topicId, p)));
    // It is awaited at the end.
    this.#done.catch(() => {});
  }

  begin(): void {
    this.#isMeasured = true;
  }

  stop(): void {
    this.#goesOn = false;
  }

  /** Stops. @throws OutputDiffers where a count is wrong */
  async end(): Promise<void> {
    this.stop();
    await this.#done;
    this.#counts.end();
  }

  async #follow(port: KafkaPort, topic: string, topicId: string, partition: number): Promise<void> {
    const how = { topic, topicId, partition, isolation: 'read_committed', maxBytes: 2 ** 20, maxWaitMs: 50 } as const;
    for (let offset = 0; this.#goesOn; ) {
      const { records, next } = await port.fetch({ ...how, offset });
      const now = performance.timeOrigin + performance.now();
      offset = next;
      for (const { key, value } of records) {
        const name = String(key);
        const [n, oldest, newest] = String(value).split(' ').map(Number) as [number, number, number];
        this.#counts.see(name, n, oldest, newest);
        if (newest <= (this.#newest.get(name) ?? 0)) continue;
        this.#newest.set(name, newest);
        if (this.#isMeasured) this.values.push(now - newest);
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
        await found.end();
      } finally {
        found.stop();
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
  about: `${RATE.toLocaleString('en')} records of 100 bytes a second at a steady rate (open loop), 100 keys, counted over the last second in every batch, on threads(2) and a broker of this machine. A latency is from the time at which the newest record of a result was to be sent, to its result at a reader of the other topic. Each count is compared with what was sent between the oldest record of the window and the newest.`,
  collections: ['full', 'latency'],
  needs: noBroker,
  async run(context) {
    const measureMs = context.quick ? 3000 : 6000;
    const drift = new Drift();
    const found = INTERVALS_MS.map(() => ({ p50: [] as number[], p99: [] as number[] }));
    for (let round = 0; round < context.runs; round++) {
      for (const [i, intervalMs] of INTERVALS_MS.entries()) {
        const done = (round * INTERVALS_MS.length + i) / (context.runs * INTERVALS_MS.length);
        context.progress(done, `batches of ${intervalMs} ms, run ${round + 1} of ${context.runs}`);
        drift.measure(String(intervalMs));
        const values = await latencies(intervalMs, measureMs);
        found[i]!.p50.push(quantile(values, 0.5));
        found[i]!.p99.push(quantile(values, 0.99));
      }
    }
    const row = (intervalMs: number, which: string, values: readonly number[]): Row => ({
      suite: this.id,
      contender: `batches of ${intervalMs} ms: ${which}`,
      metric: 'latency',
      unit: 'ms',
      better: 'lower',
      ...estimate(values),
      ...drift.marks(String(intervalMs)),
    });
    return {
      rows: INTERVALS_MS.flatMap((intervalMs, i) => [
        row(intervalMs, 'p50', found[i]!.p50),
        row(intervalMs, 'p99', found[i]!.p99),
      ]),
      ratios: {},
    };
  },
};
