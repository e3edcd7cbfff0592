import { expect, test } from 'vitest';
import { decodeRecord, keys } from '../checkpoint/layout.ts';
import { memoryStore } from '../checkpoint/memory-store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { InputDStream } from './input-dstream.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

/** Reads what is appended to a list behind its end as it was when the stream began. */
class Tail extends InputDStream<string> {
  readonly #list: readonly string[];
  #at: number | null = null;

  constructor(ssc: StreamingContext, list: readonly string[], name: string) {
    super(ssc, { name, kind: 'tail' });
    this.#list = list;
  }

  override async start() {
    this.#at ??= this.#list.length;
  }

  override saveProgress() {
    return this.#at;
  }

  override restoreProgress(at: number) {
    this.#at = at;
  }

  override compute() {
    const records = this.#list.slice(this.#at as number);
    this.#at = this.#list.length;
    return records;
  }
}

function setting() {
  const store = memoryStore();
  const clock = new ManualClock();
  const lists: Record<string, string[]> = { a: ['a0'], b: ['b0'] };
  /** One run; what is given is appended while it runs, and again when it is over. */
  const run = async (streams: string, batches: number, word: string, allow: readonly string[] = []) => {
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
    ssc.checkpoint(store, { allow, missedBatches: 'skip' });
    const got: string[] = [];
    for (const name of streams)
      new Tail(ssc, lists[name], name).foreachRDD(async (rdd) => void got.push(...(await rdd.collect())), {
        name: `output of ${name}`,
      });
    await ssc.start();
    for (const name of ['a', 'b']) lists[name].push(`${name} in ${word}`);
    await runBatches(ssc, clock, batches);
    await ssc.stop();
    for (const name of ['a', 'b']) lists[name].push(`${name} after ${word}`);
    return got.sort();
  };
  const begun = async () => {
    await store.open();
    const bytes = store.get(keys.begun);
    await store.close();
    return bytes === undefined ? null : decodeRecord(bytes);
  };
  return { run, begun };
}

test('where an input begins is known from its start on, also if the run ends before its first batch', async () => {
  const { run, begun } = setting();
  expect(await run('a', 0, '1')).toEqual([]);
  expect(await begun()).toEqual([['a', 1]]);
  expect(await run('a', 0, '2')).toEqual([]);
  expect(await run('a', 1, '3')).toEqual(['a after 1', 'a after 2', 'a in 1', 'a in 2', 'a in 3']);
});

test('what a batch says counts more', async () => {
  const { run } = setting();
  expect(await run('a', 1, '1')).toEqual(['a in 1']);
  expect(await run('a', 0, '2')).toEqual([]);
  expect(await run('a', 1, '3')).toEqual(['a after 1', 'a after 2', 'a in 2', 'a in 3']);
});

test('an input that came to a job with batches begins where it was started first', async () => {
  const { run, begun } = setting();
  await run('a', 1, '1');
  expect(await run('ab', 0, '2', ['b', 'output of b'])).toEqual([]);
  expect(await begun()).toEqual([
    ['a', 2],
    ['b', 3],
  ]);
  expect(await run('ab', 1, '3')).toEqual(
    ['a after 1', 'a in 2', 'a after 2', 'a in 3', 'b in 2', 'b after 2', 'b in 3'].sort(),
  );
});

test('where an input began that is there no more is forgotten', async () => {
  const { run } = setting();
  await run('a', 0, '1');
  await run('b', 0, '2', ['a', 'b', 'output of a', 'output of b']);
  expect(await run('ab', 1, '3', ['a', 'output of a'])).toEqual(['a in 3', 'b after 2', 'b in 2', 'b in 3']);
});
