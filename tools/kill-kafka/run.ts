import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../packages/core/src/connector.ts';
import { SystemClock } from '../../packages/core/src/index.ts';
import { type KafkaPort, untilReached } from '../../packages/kafka/src/index.ts';
import { type KafkaBroker, makeTopic, readAll, withPort } from '../../test/integration/kit/kafka-broker.ts';
import type { KafkaDriverSetting } from './driver.ts';
import type { KafkaKillParams } from './job.ts';

/** What is killed: the job's process, its workers (on threads), or the broker. */
export type KafkaVictim = 'process' | 'workers' | 'broker';

export interface KafkaKillOptions {
  readonly backend: 'single' | 'threads';
  readonly victim: KafkaVictim;
  readonly client: KafkaKillParams['client'];
  /** How often. */
  readonly runs: number;
  readonly seed: number;
  readonly broker: KafkaBroker;
  readonly say?: (line: string) => void;
}

/** What readers of committed records find at the end, compared with what was in the first topic. */
export interface KafkaKillResult {
  readonly read: number;
  readonly lost: readonly string[];
  readonly repeated: readonly string[];
  /** Records that are not what the state would say of them. */
  readonly wrong: readonly string[];
  readonly kills: number;
}

const FROM_PARTITIONS = 3;
const TO_PARTITIONS = 2;
const KEYS = 17;

/** Kills something again and again while a job moves records from one topic to another, and compares the topics. */
export async function killKafka(options: KafkaKillOptions): Promise<KafkaKillResult> {
  const { backend, victim, client, runs, seed, broker, say = () => {} } = options;
  const { brokers } = broker;
  const from = await makeTopic(brokers, FROM_PARTITIONS);
  const to = await makeTopic(brokers, TO_PARTITIONS);
  const dir = mkdtempSync(join(tmpdir(), 'millrace-kill-kafka-'));
  const setting: KafkaDriverSetting = {
    backend,
    checkpoint: join(dir, 'checkpoint'),
    params: { brokers, from, to, client },
  };
  const random = seededRandom(String(seed));
  const feed = new Feed(brokers, from);
  let kills = 0;
  let driver = start(setting);
  try {
    await driver.started;
    for (let run = 0; run < runs; run++) {
      await pause(50 + random() * 900);
      if (victim === 'process') {
        driver.child.kill('SIGKILL');
        await driver.ended;
        driver = start(setting);
        // Also while it starts anew.
        if (random() < 0.7) await driver.started;
        kills += 1;
      } else if (victim === 'workers') {
        const before = driver.lost;
        driver.child.send('lose', () => {});
        // It refuses until a batch has completed since the last one.
        for (let asked = 0; driver.lost === before && asked < 200 && driver.child.exitCode === null; asked++) {
          await pause(50);
          if (asked % 4 === 3) driver.child.send('lose', () => {});
        }
      } else {
        await broker.kill();
        await pause(random() * 500);
        await broker.start();
        kills += 1;
      }
      say(`${run + 1} of ${runs}: ${feed.sent} records sent`);
    }
    await feed.stop();
    // A broker that was killed just now may not lead its partitions yet.
    const asking = { what: 'the test', brokers: brokers.join(), clock: new SystemClock(), retryForMs: 60_000 };
    const ends = await withPort(brokers, (port) =>
      untilReached(asking, () => port.offsets(partitionsOf(from, FROM_PARTITIONS), 'read_committed')),
    );
    await driver.reaches(ends);
    driver.child.send('stop');
    await driver.ended;
    if (victim === 'workers') kills = driver.lost;
    return { ...(await withPort(brokers, (port) => compare(port, from, to))), kills };
  } finally {
    await feed.stop();
    driver.child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Whether a result is what is promised: each record once, with the number that it has to have, although something was killed. */
export const isPromised = ({ read, lost, repeated, wrong, kills }: KafkaKillResult): boolean =>
  kills > 0 && read > 0 && lost.length + repeated.length + wrong.length === 0;

const partitionsOf = (topic: string, count: number) =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition, at: 'latest' as const }));

/** Writes numbers into the first topic, the next ones when the broker has got these. */
class Feed {
  sent = 0;
  #goesOn = true;
  readonly #done: Promise<void>;

  constructor(brokers: readonly string[], topic: string) {
    this.#done = this.#run(brokers, topic);
  }

  async stop(): Promise<void> {
    this.#goesOn = false;
    await this.#done;
  }

  async #run(brokers: readonly string[], topic: string): Promise<void> {
    while (this.#goesOn) {
      try {
        await withPort(brokers, async (port) => {
          const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
          while (this.#goesOn) {
            const records = Array.from({ length: 20 }, (_, i) => {
              const n = this.sent + i;
              const key = n % KEYS;
              return {
                topic,
                partition: key % FROM_PARTITIONS,
                key: Buffer.from(`k${key}`),
                value: Buffer.from(String(n)),
                headers: [],
                timestamp: Date.now(),
              };
            });
            // Numbers go on in any case: whether what failed is there is told by the topic.
            this.sent += records.length;
            await producer.send(records);
            await pause(10);
          }
        });
      } catch {
        await pause(100);
      }
    }
  }
}

function start(setting: KafkaDriverSetting) {
  const child: ChildProcess = fork(new URL('./driver.ts', import.meta.url), [JSON.stringify(setting)], {
    execArgv: ['--conditions=@millrace/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<number | null>();
  started.promise.catch(() => {});
  const driver = {
    child,
    started: started.promise,
    ended: ended.promise,
    lost: 0,
    /** Waits until the job has read so far. */
    async reaches(ends: readonly number[]): Promise<void> {
      while (offsets.length === 0 || offsets.some(({ untilOffset }, i) => untilOffset < (ends[i] as number))) {
        if (child.exitCode !== null) throw new Error(`the job ended with ${child.exitCode}`);
        await pause(50);
      }
    },
  };
  let offsets: readonly { readonly untilOffset: number }[] = [];
  child.on('message', (message: { started?: true; lost?: true; offsets?: typeof offsets }) => {
    if (message.started) started.resolve();
    if (message.lost) driver.lost += 1;
    if (message.offsets !== undefined) offsets = message.offsets;
  });
  child.once('exit', (code) => {
    started.reject(new Error(`the job ended with ${code} before it had started`));
    ended.resolve(code);
  });
  return driver;
}

/** Both topics as readers of committed records see them. */
async function compare(port: KafkaPort, from: string, to: string): Promise<Omit<KafkaKillResult, 'kills'>> {
  const all = async (topic: string, partitions: number) =>
    (await Promise.all(Array.from({ length: partitions }, (_, p) => readAll(port, topic, p)))).flat();
  const wanted: string[] = [];
  const numbers = new Map<string, number>();
  for (const { key, value } of await all(from, FROM_PARTITIONS)) {
    // A key is in one partition, so its records have an order.
    const n = (numbers.get(String(key)) ?? 0) + 1;
    numbers.set(String(key), n);
    wanted.push(`${key} ${value} ${n}`);
  }
  const found = new Map<string, number>();
  for (const { key, value } of await all(to, TO_PARTITIONS)) {
    const text = `${key} ${value}`;
    found.set(text, (found.get(text) ?? 0) + 1);
  }
  const expected = new Set(wanted);
  return {
    read: wanted.length,
    lost: wanted.filter((text) => !found.has(text)),
    repeated: [...found].filter(([, times]) => times > 1).map(([text]) => text),
    wrong: [...found.keys()].filter((text) => !expected.has(text)),
  };
}
