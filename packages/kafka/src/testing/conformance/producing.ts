import { type Cases, failsWith, numbered, record, type Scene, same, until, valuesOf } from './scene.ts';

/** Producers and transactions. */
export const producing: Cases = [
  [
    'writes to several partitions and topics, each in order',
    async (scene) => {
      const topics = [await scene.topic(3), await scene.topic(1)];
      const producer = await scene.producer();
      for (let round = 0; round < 20; round++) {
        await producer.send(
          topics.flatMap(({ name, partitions }) =>
            partitions.flatMap((partition) =>
              [0, 1].map((i) => record(name, { partition, value: `${2 * round + i}` })),
            ),
          ),
        );
      }
      const expected = Array.from({ length: 40 }, (_, i) => String(i));
      for (const topic of topics) {
        for (const partition of topic.partitions)
          same(valuesOf(await scene.readAll(topic, { partition })), expected, `partition ${partition}`);
      }
    },
  ],
  [
    'keeps the order of what is sent without waiting',
    async (scene) => {
      const topic = await scene.topic();
      const producer = await scene.producer();
      const values = numbered('value', 30);
      await Promise.all(values.map((value) => producer.send([record(topic.name, { value })])));
      same(valuesOf(await scene.readAll(topic)), values, 'the values');
    },
  ],
  [
    'does not write to a topic that is not there',
    async (scene) => {
      const producer = await scene.producer();
      await failsWith('unknown-topic', producer.send([record(`missing-${scene.group}`)]), 'a send to a missing topic');
      await producer.send([]);
    },
  ],
  [
    'fails where no transaction was begun, and goes on',
    async (scene) => {
      const topic = await scene.topic();
      const producer = await scene.producer(`tx-${topic.name}`);
      await failsWith('fatal', producer.send([record(topic.name)]), 'a send without a transaction');
      await failsWith('fatal', producer.commit(), 'a commit without a transaction');
      await failsWith('fatal', producer.abort(), 'an abort without a transaction');
      await producer.begin();
      await failsWith('fatal', producer.begin(), 'a second beginning');
      await producer.send([record(topic.name)]);
      await producer.commit();
      await until(async () => (await scene.readAll(topic)).length === 1);
      await failsWith('fatal', (await scene.producer()).begin(), 'a transaction of a producer without a name');
    },
  ],
  [
    'fails for a record that is too large for the broker',
    async (scene) => {
      const topic = await scene.topic(1, { 'max.message.bytes': '2000' });
      const producer = await scene.producer();
      await failsWith('fatal', producer.send([record(topic.name, { value: 'x'.repeat(5000) })]), 'a send of much');
      same(await scene.readAll(topic), [], 'the records');
    },
  ],
  [
    'shows a transaction when it is committed, and nothing of one that is aborted',
    async (scene) => {
      const topic = await scene.topic(2);
      const producer = await scene.producer(`tx-${topic.name}`);
      const shown = async () => {
        const both = await Promise.all([0, 1].map((partition) => scene.readAll(topic, { partition })));
        return valuesOf(both.flat());
      };
      await producer.begin();
      await producer.send([record(topic.name, { value: 'a' })]);
      await producer.send([record(topic.name, { value: 'b', partition: 1 })]);
      same(await shown(), [], 'what is shown while it is open');
      await producer.commit();
      await until(async () => (await shown()).length === 2);
      same(await shown(), ['a', 'b'], 'what is shown after the commit');
      await producer.begin();
      await producer.send([record(topic.name, { value: 'c' })]);
      await producer.abort();
      // Its mark is behind it when the end has moved.
      await producer.begin();
      await producer.send([record(topic.name, { value: 'd' })]);
      await producer.commit();
      await until(async () => (await shown()).length === 3);
      same(await shown(), ['a', 'd', 'b'], 'what is shown after one that was aborted');
    },
  ],
  [
    'commits and aborts transactions without records, one right after the other',
    async (scene) => {
      const topic = await scene.topic();
      const producer = await scene.producer(`tx-${topic.name}`);
      for (let i = 0; i < 10; i++) {
        await producer.begin();
        await producer[i % 2 === 0 ? 'commit' : 'abort']();
        await producer.begin();
        await producer.send([record(topic.name, { value: String(i) })]);
        await producer.commit();
      }
      await until(async () => (await scene.readAll(topic)).length === 10);
    },
  ],
  [
    'makes offsets of a group a part of the transaction',
    async (scene) => {
      const { name } = await scene.topic(2);
      const producer = await scene.producer(`tx-${name}`);
      const at = (partition: number, offset: number) => ({ topic: name, partition, offset, metadata: `at ${offset}` });
      const committed = () => scene.port.committed(scene.group, [at(0, 0), at(1, 0)]);
      await producer.begin();
      await producer.sendOffsets(scene.group, [at(0, 5)]);
      await producer.send([record(name)]);
      await producer.sendOffsets(scene.group, [at(1, 7)]);
      same(await committed(), [], 'what is committed while it is open');
      await producer.commit();
      await until(async () => (await committed()).length === 2);
      same(await committed(), [at(0, 5), at(1, 7)], 'what is committed after the commit');
      await producer.begin();
      await producer.sendOffsets(scene.group, [at(0, 6)]);
      await producer.abort();
      // Right after the last one, and with offsets alone.
      await producer.begin();
      await producer.sendOffsets(scene.group, [at(1, 8)]);
      await producer.commit();
      await until(async () => (await committed())[1]?.offset === 8);
      same(await committed(), [at(0, 5), at(1, 8)], 'what is committed after one that was aborted');
    },
  ],
  [
    'takes over when it is made: what the earlier one had open is aborted, and it cannot go on',
    async (scene) => {
      const topic = await scene.topic();
      const id = `tx-${topic.name}`;
      let last = await scene.producer(id);
      for (let i = 0; i < 3; i++) {
        await last.begin();
        await last.send([record(topic.name, { value: 'of one that was fenced' })]);
        const next = await scene.producer(id);
        // Nothing was begun yet, and still nothing is open.
        await until(async () => closed(await ends(scene, topic.name)));
        await failsWith('fenced', last.commit(), 'a commit of the earlier one');
        await last.close();
        last = next;
      }
      await last.begin();
      await last.send([record(topic.name, { value: 'of the last one' })]);
      await last.commit();
      await until(async () => closed(await ends(scene, topic.name)));
      same(valuesOf(await scene.readAll(topic)), ['of the last one'], 'the values');
    },
  ],
  [
    'a producer that was fenced writes no more',
    async (scene) => {
      const topic = await scene.topic();
      const id = `tx-${topic.name}`;
      const earlier = await scene.producer(id);
      await scene.producer(id);
      const write = async () => {
        await earlier.begin();
        await earlier.send([record(topic.name, { value: 'of one that was fenced' })]);
        await earlier.commit();
      };
      await failsWith('fenced', write(), 'a transaction of the earlier one');
      same(await scene.readAll(topic), [], 'the records');
    },
  ],
  [
    'goes on where another process stopped: a name is taken over from another connection',
    async (scene) => {
      const topic = await scene.topic();
      const options = {
        transactionalId: `tx-${topic.name}`,
        compression: 'none',
        transactionTimeoutMs: 60_000,
      } as const;
      for (let i = 0; i < 3; i++) {
        const producer = await (await scene.connect()).producer(options);
        await producer.begin();
        await producer.send([record(topic.name, { value: String(i) })]);
        await producer.commit();
      }
      await until(async () => (await scene.readAll(topic)).length === 3);
      same(valuesOf(await scene.readAll(topic)), ['0', '1', '2'], 'the values');
    },
  ],
  [
    'aborts what is open when it is closed',
    async (scene) => {
      const topic = await scene.topic();
      const producer = await scene.producer(`tx-${topic.name}`);
      await producer.begin();
      await producer.send([record(topic.name)]);
      await producer.close();
      await until(async () => closed(await ends(scene, topic.name)));
      same(await scene.readAll(topic), [], 'the records');
    },
  ],
];

/** The end that is committed, and the end. */
async function ends(scene: Scene, topic: string): Promise<readonly [number, number]> {
  const question = [{ topic, partition: 0, at: 'latest' as const }];
  const [committed] = await scene.port.offsets(question, 'read_committed');
  const [all] = await scene.port.offsets(question, 'read_uncommitted');
  return [committed as number, all as number];
}

const closed = ([committed, all]: readonly [number, number]): boolean => committed === all && all > 0;
