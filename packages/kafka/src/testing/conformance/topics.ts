import { type Cases, failsWith, numbered, record, same, until } from './scene.ts';

/** Topics, their ids, and offsets. */
export const topicsAndOffsets: Cases = [
  [
    'tells of topics: id, partitions, what is internal',
    async (scene) => {
      const { name, id, partitions, internal } = await scene.topic(3);
      same({ partitions, internal }, { partitions: [0, 1, 2], internal: false }, 'the topic');
      same(/^[0-9a-f]{32}$/.test(id), true, `whether ${id} is an id`);
      const all = await scene.port.topics('all');
      same(all.find((topic) => topic.name === name)?.id, id, 'the id in the list of all topics');
      // A group makes the topic of the offsets.
      await scene.port.commit(scene.group, [{ topic: name, partition: 0, offset: 0, metadata: '' }]);
      same((await scene.find('__consumer_offsets')).internal, true, 'whether the topic of offsets is internal');
    },
  ],
  [
    'leaves out topics that are not there, and makes none',
    async (scene) => {
      const { name } = await scene.topic();
      for (let i = 0; i < 2; i++) {
        const found = await scene.port.topics([`${name}-missing`, name]);
        same(
          found.map((topic) => topic.name),
          [name],
          'the topics',
        );
      }
      same(await scene.port.topics([]), [], 'no topics');
    },
  ],
  [
    'sees partitions that were added',
    async (scene) => {
      const { name, id } = await scene.topic(1);
      await scene.world.cluster.addPartitions(name, 3);
      same(await scene.find(name), { name, id, partitions: [0, 1, 2], internal: false }, 'the topic');
      same(
        await scene.port.offsets([{ topic: name, partition: 2, at: 'latest' }], 'read_committed'),
        [0],
        'the end of the partition that is new',
      );
    },
  ],
  [
    'tells a topic from another one that has its name now',
    async (scene) => {
      const old = await scene.topic();
      await scene.write(old.name, ['old']);
      same((await scene.fetch(old, 0)).next, 1, 'the position after the record');
      await scene.world.cluster.deleteTopic(old.name);
      await scene.world.cluster.createTopic(old.name, 1);
      const now = await scene.find(old.name);
      if (now.id === old.id) throw new Error('the new topic has the id of the old one');
      await scene.write(now.name, ['new']);
      await failsWith('unknown-topic', scene.fetch(old, 0), 'a fetch of the old topic');
      same((await scene.fetch(now, 0)).next, 1, 'the position in the new topic');
    },
  ],
  [
    'fails for topics and partitions that are not there',
    async (scene) => {
      const topic = await scene.topic(1);
      const { name } = topic;
      const offsets = (of: string, partition: number) =>
        scene.port.offsets([{ topic: of, partition, at: 'latest' }], 'read_committed');
      await failsWith('unknown-topic', offsets(`${name}-missing`, 0), 'offsets of a topic that is missing');
      await failsWith('unknown-topic', offsets(name, 1), 'offsets of a partition that is missing');
      await failsWith(
        'unknown-topic',
        scene.fetch(topic, 0, { partition: 1 }),
        'a fetch of a partition that is missing',
      );
    },
  ],
  [
    'gives offsets by the order of the questions: earliest, latest, by time, behind all',
    async (scene) => {
      const { name } = await scene.topic(2);
      const begin = Date.now();
      const producer = await scene.producer();
      await producer.send([0, 1, 2, 3].map((i) => record(name, { partition: 1, timestamp: begin + 1000 * i })));
      await scene.world.cluster.deleteRecords(name, 1, 1);
      const at = (partition: number, when: 'earliest' | 'latest' | number) => ({
        topic: name,
        partition,
        at: typeof when === 'number' ? { timestamp: begin + when } : when,
      });
      const questions = [at(1, 'latest'), at(0, 'latest'), at(1, 'earliest'), at(1, 2000), at(1, 1001), at(1, 9000)];
      questions.push(at(0, 0), at(1, 'latest'), at(0, 'earliest'), at(1, 0));
      same(await scene.port.offsets(questions, 'read_committed'), [4, 0, 1, 2, 2, 4, 0, 4, 0, 1], 'the offsets');
      same(await scene.port.offsets([], 'read_committed'), [], 'no offsets');
    },
  ],
  [
    'the end of read_committed is before a transaction that is open',
    async (scene) => {
      const { name } = await scene.topic();
      await scene.write(name, numbered('before', 3));
      const producer = await scene.producer(`tx-${name}`);
      await producer.begin();
      await producer.send([record(name)]);
      const ends = async () => {
        const question = [{ topic: name, partition: 0, at: 'latest' as const }];
        const behind = [{ topic: name, partition: 0, at: { timestamp: Date.now() + 1_000_000 } }];
        return [
          ...(await scene.port.offsets(question, 'read_committed')),
          ...(await scene.port.offsets(question, 'read_uncommitted')),
          ...(await scene.port.offsets(behind, 'read_committed')),
        ];
      };
      same(await ends(), [3, 4, 3], 'the ends while it is open');
      await producer.commit();
      // The mark of the transaction has an offset too; it is there a moment after the answer.
      await until(async () => (await ends())[0] === 5);
      same(await ends(), [5, 5, 5], 'the ends after the commit');
    },
  ],
];
