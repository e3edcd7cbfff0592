import type { KafkaPort } from '../../port.ts';
import { type Cases, failsWith, record, same, until } from './scene.ts';

/** Connecting, logging in, and ending. */
export const connecting: Cases = [
  [
    'works over every way to connect that there is',
    async (scene) => {
      const topic = await scene.topic();
      const ways = Object.entries(scene.world.ways);
      for (const [name, about] of ways) {
        const port = await scene.connect(about);
        const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 60_000 });
        await producer.send([record(topic.name, { value: name })]);
      }
      const seen: string[] = [];
      const port = await scene.connect(ways.at(-1)?.[1]);
      const options = {
        group: scene.group,
        topics: [topic.name],
        from: 'earliest',
        isolation: 'read_committed',
      } as const;
      await port.join({ ...options, sessionTimeoutMs: 30_000, maxBytes: 100_000 }, async ({ records }) => {
        seen.push(...records.map(({ value }) => String(value)));
      });
      await until(() => seen.length === ways.length);
      same(
        seen,
        ways.map(([name]) => name),
        'the values, one for each way',
      );
    },
  ],
  [
    'takes a password from a function, anew for each connection',
    async (scene) => {
      const topic = await scene.topic();
      for (const about of Object.values(scene.world.ways)) {
        if (about.sasl == null) continue;
        const { password } = about.sasl;
        let asked = 0;
        const given = async () => {
          asked += 1;
          return typeof password === 'function' ? password() : password;
        };
        const port = await scene.connect({ ...about, sasl: { ...about.sasl, password: given } });
        same(await port.topics([`missing-${scene.group}`]), [], 'the topics');
        const before = asked;
        const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 60_000 });
        await producer.send([record(topic.name)]);
        same(before > 0 && asked > before, true, `whether it was asked again: ${before} times, then ${asked}`);
      }
    },
  ],
  [
    'is refused with a wrong password, and shows no password',
    async (scene) => {
      for (const [name, about] of Object.entries(scene.world.ways)) {
        if (about.sasl == null) continue;
        const password = 'a-wrong-password';
        const connection = scene.connect({ ...about, sasl: { ...about.sasl, password } });
        const message = await failsWith('refused', connection, `logging in by ${name}`);
        same(message.includes(password), false, `whether the message shows the password: ${message}`);
      }
    },
  ],
  [
    'is refused where it cannot trust the certificate',
    async (scene) => {
      for (const [name, about] of Object.entries(scene.world.ways)) {
        if (about.tls == null) continue;
        const { ca: _, ...tls } = about.tls;
        await failsWith('refused', scene.connect({ ...about, tls }), `connecting by ${name} without its certificate`);
      }
    },
  ],
  [
    'may be tried again where no broker is',
    async (scene) => {
      const connection = scene.connect({ brokers: ['127.0.0.1:1'] });
      const message = await failsWith('again', connection, 'connecting to where nobody listens');
      same(message === '', false, 'whether the message is empty');
      const port = await scene.connect({ brokers: ['127.0.0.1:1', ...scene.world.settings.brokers] });
      same(await port.topics([`missing-${scene.group}`]), [], 'the topics, from the broker that is there');
    },
  ],
  [
    'ends everything when it is closed',
    async (scene) => {
      const topic = await scene.topic();
      await until(() => true);
      const before = handles();
      const port: KafkaPort = await scene.connect();
      const producer = await port.producer({ compression: 'gzip', transactionTimeoutMs: 60_000 });
      await producer.send([record(topic.name)]);
      const transactional = { transactionalId: `tx-${topic.name}`, compression: 'none' } as const;
      const open = await port.producer({ ...transactional, transactionTimeoutMs: 60_000 });
      await open.begin();
      await open.send([record(topic.name)]);
      // The first that a connection for records is needed for, all at once.
      const at = { topic: topic.name, topicId: topic.id, partition: 0, offset: 0 };
      const how = { isolation: 'read_committed', maxBytes: 1000, maxWaitMs: 0 } as const;
      await Promise.all(Array.from({ length: 4 }, () => port.fetch({ ...at, ...how })));
      let handled = 0;
      const options = {
        group: scene.group,
        topics: [topic.name],
        from: 'earliest',
        isolation: 'read_committed',
      } as const;
      const member = await port.join({ ...options, sessionTimeoutMs: 30_000, maxBytes: 1000 }, async () => {
        handled++;
      });
      await until(() => handled > 0);
      await port.close();
      await member.ended;
      await port.close();
      await until(() => handles() <= before);
      // Its group has no members now.
      await scene.port.commit(scene.group, [{ topic: topic.name, partition: 0, offset: 0, metadata: '' }]);
    },
  ],
];

/** Sockets that are open. */
const handles = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TLSWrap').length;
