import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import { seededRandom } from '@millrace/core/connector';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from './jobs/to-database.ts';
import type toKafka from './jobs/to-kafka.ts';
import type { ToKafkaParams } from './jobs/to-kafka.ts';
import { brokersOf, KafkaBroker, sharedBroker } from './kit/kafka-broker.ts';
import { Topics } from './kit/kafka-topics.ts';
import { killAgainAndAgain } from './kit/kill-again.ts';
import { killAll } from './kit/program.ts';

/* The process, workers and the broker are killed with -9 at random moments while batches are written to Kafka. */

const PROGRAM = fileURLToPath(new URL('./programs/batches.ts', import.meta.url));
const JOB = new URL('./jobs/to-kafka.ts', import.meta.url);
const seed = process.env['SEED'] ?? String(Math.floor(Math.random() * 1e6));

const shared = sharedBroker();
const brokers = shared === null ? [] : brokersOf(shared);

afterEach(killAll);

/** Rows as they lie in a topic for readers of committed records, in order of batch and number. */
async function rowsIn(topics: Topics, topic: string): Promise<[number, number][]> {
  const records = (await topics.committed(topic)).flat();
  const rows = records.map(({ value }) => JSON.parse(String(value)) as [number, number]);
  return rows.sort(([a, i], [b, j]) => a - b || i - j);
}

const distinct = (rows: readonly (readonly [number, number])[]): Set<string> => new Set(rows.map(String));

/** Waits without taking the machine from the broker. */
async function reaches(value: () => number, least: number): Promise<void> {
  while (value() < least) await sleep(20);
}

describe.skipIf(shared === null)('Kafka', () => {
  let topics: Topics;
  beforeAll(async () => {
    topics = await Topics.connect({ brokers });
  });
  afterAll(() => topics?.close());

  test.each([
    ['single', true],
    ['threads', true],
    ['threads', false],
  ])(
    'on %s, transactional %s: whenever the process is killed, each record is there (once)',
    async (backend, transactional) => {
      const batches = 30;
      const topic = await topics.make('killed', 3);
      const params: ToKafkaParams = { brokers, topic, batches, transactional };
      const hits = await killAgainAndAgain({
        program: PROGRAM,
        args: ['to-kafka', backend, JSON.stringify(params), String(Date.now())],
        batches,
        kills: 4,
        random: seededRandom(`${seed} ${backend} ${transactional}`),
      });
      expect(hits, `SEED=${seed}`).toBeGreaterThan(0);
      const rows = await rowsIn(topics, topic);
      if (transactional) expect(rows, `SEED=${seed}`).toEqual(rowsOf(batches).flat());
      else expect(distinct(rows), `SEED=${seed}`).toEqual(distinct(rowsOf(batches).flat()));
    },
  );

  test('workers die while they write, and the batches run again: each record is there once', async () => {
    const batches = 6;
    const topic = await topics.make('workers', 3);
    const died = new SharedArrayBuffer(4);
    const from = Date.now();
    for (const deaths of [3, 0]) {
      const clock = new ManualClock(from);
      const params: ToKafkaParams = { brokers, topic, batches, transactional: true, deaths, died };
      const backend = threads({ workers: 2 });
      const { ssc } = await loadJob<typeof toKafka>(JOB, { backend, clock, params, warn: () => {} });
      await ssc.start();
      await runBatches(ssc, clock, batches);
      await ssc.stop();
      await ssc.awaitTermination();
      expect(await rowsIn(topics, topic)).toEqual(rowsOf(batches).flat());
    }
    expect(new Int32Array(died)[0]).toBeGreaterThan(3);
  });

  test.each([
    { transactional: true, kills: 2 },
    { transactional: false, kills: 1 },
  ])(
    'the broker is killed while batches are written, transactional $transactional: each record is there (once)',
    { timeout: 300_000 },
    async ({ transactional, kills }) => {
      const broker = await KafkaBroker.make();
      try {
        const { brokers } = broker.connection;
        const making = await Topics.connect(broker.connection);
        const topic = await making.make('restarted', 3);
        await making.port.close();
        const batches = 8 * (kills + 1);
        const params: ToKafkaParams = { brokers, topic, batches, transactional };
        const { ssc } = await loadJob<typeof toKafka>(JOB, { backend: single(), params, warn: () => {} });
        let done = 0;
        ssc.addStreamingListener({ onBatchCompleted: () => void (done += 1) });
        await ssc.start();
        for (let kill = 1; kill <= kills; kill++) {
          await reaches(() => done, 8 * kill);
          await broker.kill();
          await broker.start();
        }
        await reaches(() => done, batches);
        await ssc.stop();
        await ssc.awaitTermination();
        const reading = await Topics.connect(broker.connection);
        const rows = await rowsIn(reading, topic);
        await reading.port.close();
        if (transactional) expect(rows).toEqual(rowsOf(batches).flat());
        else expect(distinct(rows)).toEqual(distinct(rowsOf(batches).flat()));
      } finally {
        await broker.close();
      }
    },
  );
});
