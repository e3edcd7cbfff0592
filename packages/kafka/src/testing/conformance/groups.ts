import type { GroupMember, GroupRecords, KafkaPort } from '../../port.ts';
import { type Cases, failsWith, numbered, record, type Scene, same, until, valuesOf } from './scene.ts';

/** Offsets of groups, and their members. */
export const groups: Cases = [
  [
    'gives back what was committed, with its text, and leaves out the rest',
    async (scene) => {
      const { name } = await scene.topic(3);
      const at = (partition: number, offset = 0, metadata = '') => ({ topic: name, partition, offset, metadata });
      same(await scene.port.committed(scene.group, [at(0)]), [], 'a group that is not there');
      await scene.port.commit(scene.group, [at(0, 5, 'ä text'), at(2, 2 ** 40)]);
      same(
        await scene.port.committed(scene.group, [at(0), at(1), at(2)]),
        [at(0, 5, 'ä text'), at(2, 2 ** 40)],
        'what is committed',
      );
      await scene.port.commit(scene.group, [at(0, 3)]);
      same(await scene.port.committed(scene.group, [at(0)]), [at(0, 3)], 'what is committed later');
      await scene.port.commit(scene.group, []);
      same(await scene.port.committed(scene.group, []), [], 'what nobody asked for');
    },
  ],
  [
    'is refused to commit for a group that has members',
    async (scene) => {
      const { name } = await scene.topic();
      const member = await join(scene, name, async () => {});
      const offsets = [{ topic: name, partition: 0, offset: 1, metadata: '' }];
      await failsWith('refused', scene.port.commit(scene.group, offsets), 'a commit of a stranger');
      await member.stop();
      // It has left: nobody waited for the end of its session.
      await scene.port.commit(scene.group, offsets);
    },
  ],
  [
    'hands over what is there from the beginning, and what comes, in order, and commits it',
    async (scene) => {
      const { name } = await scene.topic(2);
      await scene.write(name, numbered('before', 20), 'gzip');
      const seen: string[] = [];
      const member = await join(scene, name, async ({ topic, partition, records, next }) => {
        same([topic, partition], [name, 0], 'where the records are');
        same(next > (records.at(-1)?.offset as number), true, 'whether it goes on behind the records');
        seen.push(...(valuesOf(records) as string[]));
      });
      await until(() => seen.length >= 20);
      await scene.write(name, numbered('after', 5));
      await until(() => seen.length >= 25);
      same(seen, [...numbered('before', 20), ...numbered('after', 5)], 'the values');
      await member.stop();
      same(await member.ended, undefined, 'how it ended');
      same(await committed(scene, name), [25], 'the offset that is committed');
    },
  ],
  [
    'begins at the end where it is told so, and loses nothing from there on',
    async (scene) => {
      const { name } = await scene.topic();
      await scene.write(name, ['before']);
      const seen: (string | null)[] = [];
      const handle = async ({ records }: GroupRecords) => void seen.push(...valuesOf(records));
      const first = await join(scene, name, handle, { from: 'latest' });
      await until(async () => (await committed(scene, name)).length === 1);
      await first.stop();
      await scene.write(name, ['between two members']);
      await join(scene, name, handle, { from: 'latest' });
      await until(() => seen.length === 1);
      same(seen, ['between two members'], 'the values');
    },
  ],
  [
    'goes on at what was committed, over what nobody sees',
    async (scene) => {
      const { name } = await scene.topic();
      await scene.write(name, numbered('value', 4));
      const producer = await scene.producer(`tx-${name}`);
      await producer.begin();
      await producer.send([record(name, { value: 'aborted' })]);
      await producer.abort();
      await scene.port.commit(scene.group, [{ topic: name, partition: 0, offset: 3, metadata: '' }]);
      const seen: (string | null)[] = [];
      await join(scene, name, async ({ records }) => void seen.push(...valuesOf(records)));
      await until(async () => (await committed(scene, name))[0] === 6);
      same(seen, ['value 3'], 'the values');
    },
  ],
  [
    'keeps headers in their order',
    async (scene) => {
      const { name } = await scene.topic();
      const headers = [
        ['b', Buffer.from('1')],
        ['a', Buffer.from('2')],
        ['b', null],
      ] as const;
      const producer = await scene.producer();
      await producer.send([record(name, { headers })]);
      const seen: GroupRecords[] = [];
      await join(scene, name, async (records) => void seen.push(records));
      await until(() => seen.length > 0);
      same(seen[0]?.records[0]?.headers, headers, 'the headers');
    },
  ],
  [
    'brings records again that were not dealt with, and commits only what was',
    async (scene) => {
      const { name } = await scene.topic();
      await scene.write(name, numbered('value', 3));
      const seen: (string | null)[][] = [];
      const release = Promise.withResolvers<void>();
      const member = await join(scene, name, async ({ records }) => {
        seen.push(valuesOf(records));
        if (seen.length < 3) throw new Error('not yet');
        await release.promise;
      });
      await until(() => seen.length === 3);
      same(seen, Array(3).fill(numbered('value', 3)), 'the values');
      same(await committed(scene, name), [], 'what is committed before the handler is done');
      release.resolve();
      await until(async () => (await committed(scene, name))[0] === 3);
      await member.stop();
      same(seen.length, 3, 'how often they came');
    },
  ],
  [
    'leaves what was not dealt with to the next member',
    async (scene) => {
      const { name } = await scene.topic();
      await scene.write(name, ['value']);
      let tried = 0;
      const failing = await join(scene, name, async () => {
        tried++;
        throw new Error('never');
      });
      await until(() => tried > 0);
      await failing.stop();
      const seen: (string | null)[] = [];
      await join(scene, name, async ({ records }) => void seen.push(...valuesOf(records)));
      await until(() => seen.length > 0);
      same(seen, ['value'], 'the values of the next member');
    },
  ],
  [
    'a slow handler does not hold up other partitions, nor is its member taken for dead',
    async (scene) => {
      const { name } = await scene.topic(2);
      const producer = await scene.producer();
      await producer.send([0, 1].map((partition) => record(name, { partition })));
      const release = Promise.withResolvers<void>();
      const seen: number[] = [];
      await join(
        scene,
        name,
        async ({ partition }) => {
          seen.push(partition);
          if (partition === 0) await release.promise;
        },
        { sessionTimeoutMs: 1000 },
      );
      const begun = performance.now();
      await until(() => seen.length === 2 && performance.now() - begun > 2500);
      for (let i = 0; i < 3; i++) await producer.send([record(name, { partition: 1 })]);
      await until(async () => (await committed(scene, name, 1))[0] === 4);
      release.resolve();
      await until(async () => (await committed(scene, name, 0))[0] === 1);
      same(seen.filter((partition) => partition === 0).length, 1, 'how often the slow one was called');
    },
  ],
  [
    'shares partitions with other members, and takes over from those who leave',
    async (scene) => {
      const topic = await scene.topic(4);
      const producer = await scene.producer();
      const write = () => producer.send(topic.partitions.map((partition) => record(topic.name, { partition })));
      const seen: [Set<number>, Set<number>] = [new Set(), new Set()];
      const collect =
        (who: 0 | 1) =>
        async ({ partition }: GroupRecords) =>
          void seen[who].add(partition);
      const one = await join(scene, topic.name, collect(0));
      await write();
      await until(() => seen[0].size === 4);
      const other = await join(scene, topic.name, collect(1), {}, await scene.connect());
      for (const of of seen) of.clear();
      await write();
      await until(() => seen[0].size + seen[1].size === 4);
      same([seen[0].size, seen[1].size], [2, 2], 'the shares');
      await one.stop();
      for (const of of seen) of.clear();
      await write();
      await until(() => seen[1].size === 4);
      same(seen[0].size, 0, 'what the one that left got');
      await other.stop();
    },
  ],
  [
    'two members of one port do not wait for one another',
    async (scene) => {
      const topic = await scene.topic(2);
      const seen = new Map<number, number>();
      const collect =
        (who: number) =>
        async ({ partition }: GroupRecords) =>
          void seen.set(partition, who);
      const members = await Promise.all([1, 2].map((who) => join(scene, topic.name, collect(who))));
      const producer = await scene.producer();
      await producer.send([0, 1].map((partition) => record(topic.name, { partition })));
      await until(() => seen.size === 2);
      await Promise.all(members.map((member) => member.stop()));
    },
  ],
  [
    'reads partitions that are added',
    async (scene) => {
      const { name } = await scene.topic(1);
      const seen = new Set<number>();
      await join(scene, name, async ({ partition }) => void seen.add(partition), { sessionTimeoutMs: 1000 });
      await scene.world.cluster.addPartitions(name, 2);
      const producer = await scene.producer();
      await producer.send([0, 1].map((partition) => record(name, { partition })));
      await until(() => seen.size === 2);
    },
  ],
  [
    'ends where records that it wants are gone, and never goes on elsewhere by itself',
    async (scene) => {
      const { name } = await scene.topic();
      await scene.write(name, numbered('value', 10));
      await scene.port.commit(scene.group, [{ topic: name, partition: 0, offset: 2, metadata: '' }]);
      await scene.world.cluster.deleteRecords(name, 0, 5);
      let handled = 0;
      const member = await join(scene, name, async () => void handled++);
      await failsWith('out-of-range', member.ended, 'a member whose records are gone');
      same([handled, await committed(scene, name)], [0, [2]], 'what it has done');
      await member.stop();
    },
  ],
  [
    'ends when its records go while it runs',
    async (scene) => {
      const { name } = await scene.topic();
      await scene.write(name, ['first']);
      const release = Promise.withResolvers<void>();
      let handled = 0;
      const member = await join(scene, name, async () => {
        handled++;
        await release.promise;
      });
      await until(() => handled === 1);
      await scene.write(name, numbered('gone', 5));
      await scene.world.cluster.deleteRecords(name, 0, 4);
      release.resolve();
      await failsWith('out-of-range', member.ended, 'a member whose records went');
      same(handled, 1, 'how often it was called');
    },
  ],
  [
    'does not join for a topic that is not there',
    async (scene) => {
      const missing = `missing-${scene.group}`;
      await failsWith(
        'unknown-topic',
        join(scene, missing, async () => {}),
        'joining',
      );
    },
  ],
];

function join(
  scene: Scene,
  topic: string,
  handle: (records: GroupRecords) => Promise<void>,
  about: { from?: 'earliest' | 'latest'; sessionTimeoutMs?: number } = {},
  port: KafkaPort = scene.port,
): Promise<GroupMember> {
  const { from = 'earliest', sessionTimeoutMs = 30_000 } = about;
  const options = { group: scene.group, topics: [topic], from, sessionTimeoutMs, maxBytes: 100_000 } as const;
  return port.join({ ...options, isolation: 'read_committed' }, handle);
}

async function committed(scene: Scene, topic: string, partition = 0): Promise<number[]> {
  return (await scene.port.committed(scene.group, [{ topic, partition }])).map(({ offset }) => offset);
}
