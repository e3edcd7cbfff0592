import type { Compression } from '../../port.ts';
import { type Cases, failsWith, numbered, offsetsOf, record, type Scene, same, until, valuesOf } from './scene.ts';

const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Fetching. */
export const reading: Cases = [
  ...COMPRESSIONS.map(
    (compression) =>
      [
        `reads from the middle of a batch on (${compression})`,
        async (scene: Scene) => {
          const topic = await scene.topic();
          const values = numbered('a value that is somewhat long', 50);
          await scene.write(topic.name, values, compression);
          await scene.write(topic.name, ['behind'], compression);
          const { records, next } = await scene.fetch(topic, 20);
          same(valuesOf(records), [...values.slice(20), 'behind'], 'the values');
          same(offsetsOf(records)[0], 20, 'the first offset');
          same(next, 51, 'the position');
        },
      ] as const,
  ),
  [
    'keeps keys, values, times, and headers in their order',
    async (scene) => {
      const topic = await scene.topic();
      const timestamp = Date.now() - 1234;
      const headers = [
        ['b', Buffer.from('1')],
        ['a', Buffer.from('ä')],
        ['b', Buffer.alloc(0)],
        ['2', null],
        ['1', Buffer.from([0, 255, 1])],
      ] as const;
      const producer = await scene.producer();
      await producer.send([
        record(topic.name, { key: 'key', value: 'value', headers, timestamp }),
        record(topic.name, { key: null, value: '', timestamp: timestamp + 5 }),
        record(topic.name, { key: '', value: null, timestamp: timestamp + 1 }),
      ]);
      const { records } = await scene.fetch(topic, 0);
      const plain = { headers: [] };
      same(
        records,
        [
          { offset: 0, timestamp, key: Buffer.from('key'), value: Buffer.from('value'), headers },
          { offset: 1, timestamp: timestamp + 5, key: null, value: Buffer.alloc(0), ...plain },
          { offset: 2, timestamp: timestamp + 1, key: Buffer.alloc(0), value: null, ...plain },
        ],
        'the records',
      );
    },
  ],
  [
    'keeps times that are months apart',
    async (scene) => {
      const topic = await scene.topic(2, { 'retention.ms': '-1' });
      const DAY = 86_400_000;
      const now = Date.now();
      const times = [0, -60, -1, -300, -299, 0, -2000, -2001].map((days) => now + days * DAY);
      const producer = await scene.producer();
      await producer.send(
        [0, 1].flatMap((partition) => times.map((timestamp) => record(topic.name, { partition, timestamp }))),
      );
      for (const partition of [0, 1]) {
        const records = await scene.readAll(topic, { partition });
        same(
          records.map(({ timestamp }) => timestamp),
          times,
          'the times',
        );
      }
    },
  ],
  [
    'has nothing at the end, and waits no longer than it is told',
    async (scene) => {
      const topic = await scene.topic();
      same(await scene.fetch(topic, 0, { maxWaitMs: 20 }), { records: [], next: 0 }, 'a topic without records');
      await scene.write(topic.name, numbered('value', 2));
      same(await scene.fetch(topic, 2, { maxWaitMs: 20 }), { records: [], next: 2 }, 'what is behind all records');
      const waiting = scene.fetch(topic, 2, { maxWaitMs: 20_000 });
      await scene.write(topic.name, ['late']);
      same(valuesOf((await waiting).records), ['late'], 'what came while it was waited for');
    },
  ],
  [
    'steps over aborted transactions and marks of transactions',
    async (scene) => {
      const topic = await scene.topic();
      const producer = await scene.producer(`tx-${topic.name}`);
      for (const [value, ends] of [
        ['committed', 'commit'],
        ['aborted', 'abort'],
        ['committed again', 'commit'],
        ['aborted again', 'abort'],
      ] as const) {
        await producer.begin();
        await producer.send([record(topic.name, { value })]);
        await producer[ends]();
      }
      // One record and one mark each.
      await until(async () => (await latest(scene, topic.name)) === 8);
      const committed = await scene.readAll(topic);
      same(offsetsOf(committed), [0, 4], 'the offsets that were committed');
      same(valuesOf(committed), ['committed', 'committed again'], 'the values that were committed');
      const all = await scene.readAll(topic, { isolation: 'read_uncommitted' });
      same(offsetsOf(all), [0, 2, 4, 6], 'all offsets');
      // Batch by batch, and from within the gap.
      same(offsetsOf(await scene.readAll(topic, { maxBytes: 1 })), [0, 4], 'the offsets, read in small pieces');
      same((await scene.fetch(topic, 5)).records, [], 'records of the gap at the end');
      same((await scene.fetch(topic, 5)).next, 8, 'the position behind the gap at the end');
    },
  ],
  [
    'shows the records of one producer that lie among aborted ones of another',
    async (scene) => {
      const topic = await scene.topic();
      const [one, other] = [await scene.producer(`one-${topic.name}`), await scene.producer(`other-${topic.name}`)];
      await one.begin();
      await other.begin();
      await one.send([record(topic.name, { value: 'aborted' })]);
      await other.send([record(topic.name, { value: 'committed' })]);
      await scene.write(topic.name, ['plain']);
      await one.send([record(topic.name, { value: 'aborted too' })]);
      await other.commit();
      await one.abort();
      await one.begin();
      await one.send([record(topic.name, { value: 'committed later' })]);
      await one.commit();
      await until(async () => (await latest(scene, topic.name)) === 8);
      same(valuesOf(await scene.readAll(topic)), ['committed', 'plain', 'committed later'], 'the values');
      const [, second] = await scene.readAll(topic);
      same(
        valuesOf((await scene.fetch(topic, second?.offset as number)).records)[0],
        'plain',
        'the value in the middle',
      );
    },
  ],
  [
    'ends on a compacted topic, also where a batch is left without records',
    async (scene) => {
      const topic = await scene.topic(1, {
        'cleanup.policy': 'compact',
        'segment.ms': '100',
        'min.cleanable.dirty.ratio': '0.01',
        'delete.retention.ms': '0',
      });
      const { name } = topic;
      const write = async (...pairs: [string, string][]) => {
        const producer = await scene.producer();
        await producer.send(pairs.map(([key, value]) => record(name, { key, value })));
        await producer.close();
      };
      // The last batch of a producer stays, without records where all of its keys came again.
      await write(['a', '0']);
      await write(['b', '1'], ['a', '2'], ['c', '3']);
      await write(['a', '4'], ['b', '5']);
      let filled = 0;
      const seen = async () => (await scene.readAll(topic)).filter(({ key }) => key?.toString() !== 'filler');
      await until(async () => {
        // A segment ends when the next record comes, and is cleaned when it has ended.
        await write(['filler', String(filled++)]);
        return (await seen()).length === 3;
      });
      same(valuesOf(await seen()), ['3', '4', '5'], 'the values');
      same(offsetsOf(await seen()), [3, 4, 5], 'the offsets');
      const first = await scene.fetch(topic, 0, { maxBytes: 1 });
      same(first, { records: [], next: 1 }, 'the batch that is empty');
      same(offsetsOf((await scene.fetch(topic, 1, { maxBytes: 1 })).records), [3], 'the batch with gaps');
    },
  ],
  [
    'bounds an answer, yet gives a batch that is larger',
    async (scene) => {
      const topic = await scene.topic();
      const producer = await scene.producer();
      for (let i = 0; i < 10; i++)
        await producer.send([record(topic.name, { value: 'x'.repeat(1000) }), record(topic.name)]);
      const { records, next } = await scene.fetch(topic, 0, { maxBytes: 3500 });
      same([records.length, next], [6, 6], 'what is in three batches');
      same((await scene.fetch(topic, 6, { maxBytes: 1 })).next, 8, 'the position behind one batch');
      same((await scene.readAll(topic, { maxBytes: 2500 })).length, 20, 'all records');
    },
  ],
  [
    'fails outside of what is there: before the first record, and beyond the end',
    async (scene) => {
      const topic = await scene.topic();
      await scene.write(topic.name, numbered('value', 10));
      await scene.world.cluster.deleteRecords(topic.name, 0, 5);
      await failsWith('out-of-range', scene.fetch(topic, 4), 'a fetch before the first record');
      await failsWith('out-of-range', scene.fetch(topic, 11), 'a fetch beyond the end');
      same((await scene.fetch(topic, 5)).records.length, 5, 'records that are there');
    },
  ],
  [
    'answers many fetches at a time, each with its own',
    async (scene) => {
      const topic = await scene.topic(6);
      const producer = await scene.producer();
      await producer.send(
        topic.partitions.flatMap((partition) =>
          numbered(`${partition}`, 30).map((value) => record(topic.name, { partition, value })),
        ),
      );
      const wanted = Array.from({ length: 60 }, (_, i) => ({ partition: i % 6, offset: (i * 7) % 30 }));
      const answers = await Promise.all(
        wanted.map(({ partition, offset }) => scene.fetch(topic, offset, { partition })),
      );
      for (const [i, { partition, offset }] of wanted.entries())
        same(valuesOf(answers[i]?.records ?? []), numbered(`${partition}`, 30).slice(offset), `fetch ${i}`);
    },
  ],
];

async function latest(scene: Scene, topic: string): Promise<number> {
  const [end] = await scene.port.offsets([{ topic, partition: 0, at: 'latest' }], 'read_committed');
  return end as number;
}
