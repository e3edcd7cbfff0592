import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { brokersOf, makeTopic, readAll, sharedBroker, withPort } from './kit/kafka-broker.ts';
import { killAll, millrace } from './kit/program.ts';

/* The jobs of the examples, as they are, by the command line. */

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const BACKENDS = [['single'], ['threads', '--workers', '2']];

const folders: string[] = [];

afterEach(killAll);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('each job of the examples has a run: here, or where it is tested with a real netcat, a real broker or a bench', () => {
  const paths = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' });
  const jobs = paths.filter((path) => path.endsWith('job.ts') && !path.includes('node_modules'));
  expect(jobs.sort()).toEqual([
    'kafka-fraud/job.ts',
    'kafka-sales/job.ts',
    'network-word-count/job.ts',
    'own-bench/orders.job.ts',
    'word-count/job.ts',
  ]);
});

test('word count prints the same on both backends', async () => {
  const printed: string[][] = [];
  for (const backend of BACKENDS) {
    // The order of keys follows the partitions.
    const args = ['--print', 'counts', '--max-batches', '4', '--default-parallelism', '2'];
    const run = millrace('run', 'examples/word-count/job.ts', '--backend', ...backend, ...args);
    expect(await run.ended, run.stderr).toEqual({ code: 0, signal: null });
    expect(run.stderr).toMatch(/\nmillrace: stopped after \d+ batches, 249 records\n$/);
    printed.push(run.stdout.split('\n').filter((line) => line.startsWith('(')));
  }
  expect(printed[0]).toHaveLength(30);
  expect(printed[1]).toEqual(printed[0]);
});

const broker = sharedBroker();

describe.skipIf(broker === null)('with Kafka', () => {
  const brokers = broker === null ? [] : brokersOf(broker);

  /** Values of a topic of one partition, as soon as there are enough. */
  const values = (topic: string, enough: (values: string[]) => boolean) =>
    withPort(brokers, async (port) => {
      for (;;) {
        const found = (await readAll(port, topic, 0)).map(({ value }) => String(value));
        if (enough(found)) return found;
        await sleep(50);
      }
    });

  const write = (topic: string, texts: readonly string[]) =>
    withPort(brokers, async (port) => {
      const producer = await port.producer({ compression: 'none', transactionTimeoutMs: 10_000 });
      const record = { topic, partition: 0, key: null, headers: [], timestamp: Date.now() };
      await producer.send(texts.map((text) => ({ ...record, value: Buffer.from(text) })));
      await producer.close();
    });

  /** Runs a job until its topic has what is wanted. */
  async function run(name: string, params: readonly string[], work: (from: string, to: string) => Promise<void>) {
    const [from, to] = [await makeTopic(brokers), await makeTopic(brokers)];
    const scratch = mkdtempSync(join(tmpdir(), `millrace-${name}-`));
    folders.push(scratch);
    const topics = ['--param', `brokers=${brokers}`, '--param', `from=${from}`, '--param', `to=${to}`];
    const more = params.map((param) => param.replace('SCRATCH', scratch)).flatMap((param) => ['--param', param]);
    const job = millrace(
      'run',
      `examples/${name}/job.ts`,
      '--checkpoint',
      join(scratch, 'checkpoint'),
      ...topics,
      ...more,
    );
    try {
      await Promise.race([work(from, to), job.ended.then(() => Promise.reject(new Error(job.stderr)))]);
      job.kill('SIGTERM');
      expect(await job.ended, job.stderr).toEqual({ code: 0, signal: null });
      return scratch;
    } finally {
      job.kill('SIGKILL');
      await job.ended;
    }
  }

  test('sales per window go from one topic to another', async () => {
    await run('kafka-sales', ['window=2', 'slide=2'], async (from, to) => {
      const sales = Array.from({ length: 60 }, (_, i) => ({
        product: i % 2 === 0 ? 'tea' : 'rum',
        quantity: 1,
        price: 0.5,
      }));
      await write(
        from,
        sales.map((sale) => JSON.stringify(sale)),
      );
      const total = (found: readonly string[]) =>
        found.reduce((sum, text) => sum + (JSON.parse(text) as { revenue: number }).revenue, 0);
      // Windows that do not overlap: each sale is in one.
      const found = await values(to, (texts) => total(texts) >= 30);
      expect(total(found)).toBe(30);
    });
  });

  test('a fraud detector alerts, and leaves what is no payment as dead letters', async () => {
    const scratch = await run('kafka-fraud', ['letters=SCRATCH/letters'], async (from, to) => {
      const at = Date.now();
      const payment = (city: string, latitude: number, longitude: number, minutes: number) =>
        JSON.stringify({ card: 'ada', at: at + minutes * 60_000, cents: 100, city, latitude, longitude });
      await write(from, [payment('Lisbon', 38.72, -9.14, 0), 'no payment', payment('Tokyo', 35.68, 139.69, 2)]);
      expect(await values(to, (texts) => texts.length > 0)).toEqual(['ada: Lisbon and Tokyo, 11144 km in 2 minutes']);
    });
    const letters = readdirSync(scratch, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /letters-.*part/.test(path),
    );
    const texts = letters.map((path) => readFileSync(join(scratch, path), 'utf8')).join('');
    expect(texts).toContain('no payment');
  });
});
