import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Clock,
  type DStream,
  type InputFlow,
  milliseconds,
  StreamingContext,
  seconds,
  Time,
} from '@millrace/core';
import { collectOutputs, inlineBackend, ManualClock, runBatches } from '@millrace/core/testing';
import { afterEach, expect, test } from 'vitest';
import { Spool } from '../../test/spool.ts';
import { jsonLines } from '../decode/index.ts';
import type { FilePath } from './index.ts';
import {
  binaryRecordsStream,
  type FileInputDStream,
  type FileStreamOptions,
  fileStream,
  textFileStream,
} from './index.ts';

const open: { ssc: StreamingContext; spool: Spool }[] = [];
afterEach(async () => {
  for (const { ssc, spool } of open.splice(0)) {
    await ssc.stop();
    spool[Symbol.dispose]();
  }
});

interface Scene<T> {
  readonly spool: Spool;
  readonly ssc: StreamingContext;
  readonly clock: ManualClock;
  readonly stream: FileInputDStream<T>;
  readonly warnings: string[];
  readonly flows: (InputFlow | undefined)[];
  readonly descriptions: unknown[];
  /** Records of each batch so far. */
  records(): unknown[];
  run(batches: number): Promise<void>;
  failure(): Promise<unknown>;
}

/** A stream of a new directory; batches of a second, from 10 s on. */
function scene<T = string>(
  make: (ssc: StreamingContext, directory: string, spool: Spool) => FileInputDStream<T>,
  { startMs = 10_000, clock = new ManualClock(startMs), build = (s: DStream<T>): DStream<unknown> => s } = {},
): Scene<T> {
  const spool = new Spool();
  const warnings: string[] = [];
  const flows: (InputFlow | undefined)[] = [];
  const descriptions: unknown[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (m) => void warnings.push(m) });
  const stream = make(ssc, spool.path, spool);
  const outputs = collectOutputs(build(stream));
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      const info = batchInfo.streamIdToInputInfo.get(stream.id);
      flows.push(info?.flow);
      descriptions.push(info?.metadata['Description']);
    },
  });
  open.push({ ssc, spool });
  const run = async (n: number): Promise<void> => {
    if (ssc.getState() === 'INITIALIZED') await ssc.start();
    await runBatches(ssc, clock, n);
  };
  const failure = (): Promise<unknown> =>
    ssc.awaitTerminationOrTimeout(0).then(
      () => null,
      (e: unknown) => e,
    );
  return {
    spool,
    ssc,
    clock,
    stream,
    warnings,
    flows,
    descriptions,
    records: () => outputs.map((o) => o.records),
    run,
    failure,
  };
}

const text = (options?: Omit<FileStreamOptions<string>, 'decode'>, path?: (base: string) => FilePath) =>
  scene((ssc, base) => textFileStream(ssc, path?.(base) ?? base, options));

test('a batch has the files that were changed since the stream was made, up to its time', async () => {
  const { spool, run, records } = text();
  spool.put('before', 'no\n', 10_000);
  await run(0);
  spool.put('a', 'a1\na2', 10_001);
  spool.put('at-the-time', 'b\n', 11_000);
  spool.put('after', 'c\n', 11_001);
  await run(3);
  expect(records()).toEqual([['a1', 'a2', 'b'], ['c'], []]);
});

test('the stream begins when it is made, not when it is started', async () => {
  const { spool, clock, run, records } = text();
  await clock.advance(3500);
  spool.put('between', 'x', 12_000);
  await run(1);
  expect(records()).toEqual([['x']]);
});

test('with newFilesOnly: false older files are read, as far back as batches look', async () => {
  const { spool, run, records } = text({ newFilesOnly: false, minRememberDuration: milliseconds(2500) });
  spool.put('too-old', 'no\n', 8000);
  spool.put('old', 'yes\n', 8001);
  await run(2);
  expect(records()).toEqual([['yes'], []]);
});

test('oldest files come first, those of one time by path', async () => {
  const { spool, run, records } = text({ numPartitions: 1 });
  for (const [name, at] of [
    ['d', 10_500],
    ['b', 10_600],
    ['c', 10_500],
    ['a', 10_700],
  ] as const)
    spool.put(name, name, at);
  await run(1);
  expect(records()).toEqual([['c', 'd', 'b', 'a']]);
});

test('hidden files are ignored, others with odd endings are not; a filter takes the place of that', async () => {
  const names = ['.hidden', '_x', 'x.tmp', 'x._COPYING_', 'x~'];
  const all = text({ numPartitions: 1 });
  for (const name of names) all.spool.put(name, name, 10_500);
  await all.run(1);
  expect(all.records()).toEqual([['_x', 'x._COPYING_', 'x.tmp', 'x~']]);
  const some = text({ filter: (path) => /[\\/]\.h|tmp$/.test(path), numPartitions: 1 });
  for (const name of names) some.spool.put(name, name, 10_500);
  await some.run(1);
  expect(some.records()).toEqual([['.hidden', 'x.tmp']]);
});

test('a file is read once, whatever happens to it while it is remembered', async () => {
  const { spool, run, records, stream } = text({ minRememberDuration: seconds(3) });
  spool.put('a', 'one\n', 10_500);
  await run(1);
  spool.put('a', 'one\ntwo\n', 11_500);
  await run(4);
  expect(records()).toEqual([['one'], [], [], [], []]);
  expect(stream.remembered).toEqual({ batches: 5, files: 1 });
  // When it is forgotten, a change makes it a new file again.
  spool.put('a', 'three\n', 15_500);
  await run(2);
  expect(records().flat()).toEqual(['one', 'three']);
});

test('a file that becomes visible after the window is never read', async () => {
  const { spool, run, records } = text({ minRememberDuration: seconds(3) });
  await run(4);
  spool.put('just-in-time', 'yes\n', 12_001);
  spool.put('too-late', 'no\n', 12_000);
  await run(3);
  expect(records().flat()).toEqual(['yes']);
});

test('only files directly inside count, by whatever way', async () => {
  const { spool, run, records } = text({ numPartitions: 1 });
  spool.put('sub/x', 'no\n', 10_500);
  spool.put('target', 'yes\n', 10_500);
  symlinkSync(join(spool.path, 'target'), join(spool.path, 'link'));
  symlinkSync(join(spool.path, 'sub'), join(spool.path, 'link-to-directory'));
  symlinkSync(join(spool.path, 'nothing'), join(spool.path, 'dangling'));
  await run(1);
  expect(records()).toEqual([['yes', 'yes']]);
});

test('a pattern of directories: new ones are found, renamed ones with the times of their files', async () => {
  const { spool, run, records } = text({}, (base) => `${base}/*/in`);
  spool.put('in', 'no directory\n', 10_500);
  spool.put('a/in/1', 'a1\n', 10_500);
  spool.put('staging/x/old', 'old\n', 10_000);
  spool.put('staging/x/new', 'new\n', 11_500);
  await run(1);
  spool.put('b/in/1', 'b1\n', 11_200);
  mkdirSync(join(spool.path, 'c'));
  renameSync(join(spool.path, 'staging/x'), join(spool.path, 'c/in'));
  await run(1);
  expect(records()).toEqual([['a1'], ['b1', 'new']]);
});

test('a directory that is missing gives empty batches and one warning for each time it goes', async () => {
  const { spool, run, records, warnings } = text({}, (base) => join(base, 'later'));
  await run(3);
  expect(warnings).toEqual([expect.stringContaining(`there is no directory ${join(spool.path, 'later')}`)]);
  spool.put('later/a', 'a\n', 13_500);
  await run(2);
  rmSync(join(spool.path, 'later'), { recursive: true });
  await run(2);
  expect(records()).toEqual([[], [], [], ['a'], [], [], []]);
  expect(warnings).toHaveLength(2);
  const pattern = text({}, (base) => join(base, '*/x'));
  await pattern.run(2);
  expect(pattern.warnings).toEqual([expect.stringContaining('no directory matches')]);
});

test('a directory that cannot be listed gives empty batches; its files are found when it can', async () => {
  const { spool, run, records, warnings } = text({}, (base) => join(base, 'loop'));
  symlinkSync(join(spool.path, 'loop'), join(spool.path, 'loop'));
  await run(2);
  expect(warnings).toEqual([expect.stringContaining('cannot be listed: ELOOP')]);
  rmSync(join(spool.path, 'loop'));
  spool.put('loop/a', 'a\n', 10_500);
  await run(1);
  expect(records()).toEqual([[], [], ['a']]);
});

test('a filter that throws fails the batch, and one that is asynchronous', async () => {
  const throwing = text({
    filter: () => {
      throw new RangeError('no filter');
    },
  });
  throwing.spool.put('a', 'a', 10_500);
  await throwing.run(1);
  expect(await throwing.failure()).toMatchObject({ code: 'MR_SOURCE_FAILED', cause: { message: 'no filter' } });
  const asynchronous = text({ filter: (async () => true) as never });
  asynchronous.spool.put('a', 'a', 10_500);
  await asynchronous.run(1);
  expect(await asynchronous.failure()).toMatchObject({ message: expect.stringContaining('must return true or false') });
});

test('a look that takes longer than the batch interval is warned about, once for each change', async () => {
  class SlowClock extends ManualClock {
    slow = 0;
    #steps = 0;
    override elapsed(): number {
      this.#steps += this.slow;
      return super.elapsed() + this.#steps;
    }
  }
  const clock = new SlowClock(10_000);
  const { run, warnings } = scene((ssc, base) => textFileStream(ssc, base), { clock });
  await run(1);
  clock.slow = 1001;
  await run(2);
  expect(warnings).toEqual([expect.stringMatching(/looking through .* longer than the batch interval of 1000 ms/)]);
  clock.slow = 0;
  await run(1);
  clock.slow = 1001;
  await run(1);
  expect(warnings).toHaveLength(2);
});

test('listeners hear of the files, and of no number of records', async () => {
  const { spool, run, descriptions, ssc } = text({ name: 'orders' });
  const counts: number[] = [];
  ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void counts.push(batchInfo.numRecords) });
  const paths = ['a', 'b'].map((name) => spool.put(name, `${name}\n`, 10_500));
  await run(2);
  expect(descriptions).toEqual([paths.join('\n'), '']);
  expect(counts).toEqual([0, 0]);
});

test('the files of a batch are plain data', async () => {
  const { spool, run, stream } = text();
  const path = spool.put('a', 'abc\n', 10_500);
  await run(1);
  expect(stream.selectionAt(new Time(11_000))).toEqual({ time: 11_000, files: [{ path, size: 4, modTimeMs: 10_500 }] });
  expect(stream.selectionAt(new Time(12_000))).toEqual({ time: 12_000, files: [] });
});

test('names with odd characters', async () => {
  const names = ['with space', 'ö-😀', '#', '%41%', 'a\nb', "it's", '"', '*', '[x]', '{a,b}', '\\', '$(x)', '-'];
  const base = scene((ssc, _, spool) =>
    textFileStream(ssc, pathToFileURL(join(spool.path, 'odd *#% ö')), { numPartitions: 1 }),
  );
  for (const name of names) base.spool.put(join('odd *#% ö', name), `${name.length}\n`, 10_500);
  await base.run(1);
  expect((base.records()[0] as string[]).sort()).toEqual(names.map((name) => `${name.length}`).sort());
});

test('a name that is not UTF-8 cannot be read, which is said once', async () => {
  const s = scene((ssc, base) => textFileStream(ssc, base));
  const name = Buffer.concat([Buffer.from(`${s.spool.path}/caf`), Buffer.from([0xe9])]);
  writeFileSync(name, 'unseen\n');
  s.spool.put('good', 'seen\n', 10_500);
  await s.run(3);
  expect(s.records().flat()).toEqual(['seen']);
  expect(s.warnings.filter((w) => w.includes('not UTF-8'))).toHaveLength(1);
});

test('a file that bears a time of just before the stream is new where the system is behind with its times', async () => {
  class Lagging extends ManualClock {
    readonly fileLagMs = 10;
  }
  for (const [clock, expected] of [
    [new ManualClock(10_000), ['after']],
    [new Lagging(10_000), ['just before', 'after']],
  ] as const) {
    const s = scene((ssc, base) => textFileStream(ssc, base, { numPartitions: 1 }), { clock });
    s.spool.put('before', 'before\n', 9_990);
    s.spool.put('just', 'just before\n', 9_995);
    s.spool.put('after', 'after\n', 10_001);
    await s.run(1);
    expect((s.records()[0] as string[]).toSorted()).toEqual([...expected].sort());
  }
});

/** Does something to the files of a batch between selection and reading. */
async function meanwhile(s: Scene<string>, change: () => void): Promise<unknown> {
  const { compute } = s.stream;
  s.stream.compute = (time) => {
    change();
    return compute.call(s.stream, time);
  };
  await s.run(1);
  return s.failure();
}

test('a file that grows while it is read is read as long as it was when it was selected', async () => {
  const s = text({ bytesPerRange: 4, numPartitions: 3 });
  const path = s.spool.put('a', 'one\ntwo\nthr', 10_500);
  expect(await meanwhile(s, () => appendFileSync(path, 'ee\nfour\n'))).toBe(null);
  await s.run(1);
  expect(s.records()).toEqual([['one', 'two', 'thr'], []]);
});

test('a file that was deleted after it was selected fails the batch, with its path', async () => {
  const s = text({ name: 'orders' });
  const path = s.spool.put('a', 'a\n', 10_500);
  expect(await meanwhile(s, () => rmSync(path))).toMatchObject({
    code: 'MR_SOURCE_FAILED',
    message: expect.stringContaining(`The source orders failed: ${path} was there when it was chosen and is gone now`),
  });
});

test('so does one that was cut, or cannot be read', async () => {
  const cut = text();
  const first = cut.spool.put('a', 'abcdef\n', 10_500);
  expect(await meanwhile(cut, () => truncateSync(first, 3))).toMatchObject({
    code: 'MR_SOURCE_FAILED',
    message: expect.stringContaining(`${first} had 7 bytes when it was chosen and ends at 3 now`),
  });
  const unreadable = text();
  const second = unreadable.spool.put('a', 'a\n', 10_500);
  const replaced = await meanwhile(unreadable, () => {
    rmSync(second);
    mkdirSync(second);
  });
  expect(replaced).toMatchObject({
    code: 'MR_SOURCE_FAILED',
    message: expect.stringContaining(`${second} cannot be read: EISDIR`),
    cause: { cause: { code: 'EISDIR' } },
  });
});

test('bad records that are dropped are counted, for the program, for listeners and in a warning', async () => {
  const s = scene((ssc, base) =>
    fileStream(ssc, base, { name: 'orders', decode: jsonLines<number>({ onBadRow: 'drop' }) }),
  );
  s.spool.put('a', '1\nx\n2\ny\n', 10_500);
  s.spool.put('b', 'z\n3\n', 11_500);
  await s.run(3);
  expect(s.records().flat()).toEqual([1, 2, 3]);
  expect(s.stream.dropped).toBe(3);
  expect(s.stream.flow().dropped).toBe(3);
  expect(s.warnings).toEqual([
    'orders: 2 records could not be read and were dropped; 2 in all.',
    'orders: 1 records could not be read and were dropped; 3 in all.',
  ]);
});

test('a bad record fails the batch unless told otherwise, with file and line', async () => {
  const s = scene((ssc, base) => fileStream(ssc, base, { decode: jsonLines() }));
  const path = s.spool.put('a', '1\nx\n', 10_500);
  await s.run(1);
  expect(await s.failure()).toMatchObject({
    code: 'MR_BAD_RECORD',
    message: expect.stringContaining(`${path} got a record that cannot be read, line 2: `),
  });
});

test('binary records; a file with a rest is an error', async () => {
  const s = scene((ssc, base) => binaryRecordsStream(ssc, base, 3, { bytesPerRange: 4, numPartitions: 2 }));
  s.spool.put('a', 'aaabbbccc', 10_500);
  await s.run(1);
  expect((s.records()[0] as Uint8Array[]).map((r) => Buffer.from(r).toString())).toEqual(['aaa', 'bbb', 'ccc']);
  const path = s.spool.put('b', 'dddee', 11_500);
  await s.run(1);
  expect(await s.failure()).toMatchObject({
    code: 'MR_BAD_RECORD',
    message: expect.stringContaining(`${path} got a record that cannot be read, byte 3: 2 bytes are left`),
  });
});

test('windows find batches of the past, also when they look back further than files are remembered', async () => {
  const { spool, run, records } = scene((ssc, base) => textFileStream(ssc, base, { minRememberDuration: seconds(1) }), {
    build: (s) => s.window(seconds(5), seconds(5)),
  });
  await run(0);
  for (let i = 0; i < 5; i++) {
    spool.put(`${i}`, `${i}`, 10_500 + i * 1000);
    await run(1);
  }
  expect(records()).toEqual([['0', '1', '2', '3', '4']]);
});

/** A machine's clock that somebody sets: alarms wait for the time that it shows. */
class SetClock implements Clock {
  #now = 10_000;
  #elapsed = 0;
  #alarms: { time: number; callback: () => void }[] = [];
  now = () => this.#now;
  elapsed = () => this.#elapsed;
  at(time: number, callback: () => void) {
    const alarm = { time, callback };
    this.#alarms.push(alarm);
    return () => void (this.#alarms = this.#alarms.filter((a) => a !== alarm));
  }
  breathe = () => new Promise<void>((resolve) => setImmediate(resolve));
  async pass(ms: number, shows: number = this.#now + ms) {
    this.#elapsed += ms;
    this.#now = shows;
    for (const due of this.#alarms.filter((a) => a.time <= shows)) {
      this.#alarms = this.#alarms.filter((a) => a !== due);
      due.callback();
    }
    await this.breathe();
  }
}

test('when the clock jumps ahead, each batch has the files of its time, and one look is enough for all', async () => {
  using spool = new Spool();
  const clock = new SetClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  let asked = 0;
  const filter = () => {
    asked++;
    return true;
  };
  const outputs = collectOutputs(textFileStream(ssc, spool.path, { filter }));
  await ssc.start();
  for (let hour = 0; hour < 3; hour++) spool.put(`${hour}`, `${hour}`, 10_001 + hour * 3_600_000);
  await clock.pass(3 * 3_600_000);
  await ssc.awaitIdle();
  await ssc.stop();
  expect(outputs).toHaveLength(3 * 3600);
  expect(outputs.flatMap(({ time, records }) => records.map((r) => [r, time]))).toEqual([
    ['0', 11_000],
    ['1', 3_611_000],
    ['2', 7_211_000],
  ]);
  expect(asked).toBe(3);
});

test('when the clock jumps back, no batch time comes again and no file is read twice', async () => {
  using spool = new Spool();
  const clock = new SetClock();
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
  const outputs = collectOutputs(textFileStream(ssc, spool.path));
  await ssc.start();
  const pass = async (ms: number, shows?: number) => {
    await clock.pass(ms, shows);
    await ssc.awaitIdle();
  };
  spool.put('a', 'a', 10_500);
  await pass(1000);
  await pass(1000);
  spool.put('b', 'b', 12_500);
  // Back by five seconds: nothing happens until the clock shows the next batch time again.
  await pass(1000, 8000);
  for (let i = 0; i < 3; i++) await pass(1000);
  spool.put('c', 'c', 11_000);
  for (let i = 0; i < 4; i++) await pass(1000);
  await ssc.stop();
  expect(outputs.map((o) => o.time)).toEqual([11_000, 12_000, 13_000, 14_000, 15_000]);
  expect(outputs.map((o) => o.records)).toEqual([['a'], [], ['c', 'b'], [], []]);
});

test('a directory with 20,000 files: each is read once, by a few tasks, and is not looked at again', {
  timeout: 60_000,
}, async () => {
  let asked = 0;
  const { spool, run, records, ssc, stream } = text({
    filter: () => {
      asked++;
      return true;
    },
  });
  const tasks: number[] = [];
  ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => void tasks.push(batchInfo.tasks?.numTasks ?? 0) });
  for (let i = 0; i < 20_000; i++) spool.put(`${i}`, `${i}\n`, 10_500);
  await run(1);
  expect(asked).toBe(20_000);
  await run(3);
  expect(asked).toBe(20_000);
  expect(records().map((r) => (r as string[]).length)).toEqual([20_000, 0, 0, 0]);
  expect(new Set(records()[0] as string[]).size).toBe(20_000);
  expect(tasks[0]).toBeLessThan(200);
  expect(stream.remembered.files).toBe(20_000);
});

test('what is remembered stays bounded over many batches', async () => {
  const { spool, run, stream, records } = text({ minRememberDuration: seconds(5) });
  await run(0);
  for (let i = 0; i < 300; i++) {
    spool.put(`${i}`, `${i}`, 10_500 + i * 1000);
    await run(1);
    rmSync(join(spool.path, `${i}`));
  }
  expect(records().flat()).toHaveLength(300);
  expect(stream.remembered.batches).toBeLessThanOrEqual(7);
  expect(stream.remembered.files).toBeLessThanOrEqual(7);
});

test('options that make no sense are refused, and misspelt ones', () => {
  const refused = (options: object) => () => text(options as never);
  expect(refused({ newFileOnly: true })).toThrow('textFileStream: newFileOnly');
  expect(refused({ decode: jsonLines() })).toThrow('textFileStream: decode');
  expect(refused({ filter: /x/ })).toThrow('textFileStream: filter');
  expect(refused({ newFilesOnly: 1 })).toThrow('textFileStream: newFilesOnly is 1');
  expect(refused({ minRememberDuration: 'a minute' })).toThrow('textFileStream: minRememberDuration');
  expect(refused({ bytesPerRange: 0 })).toThrow('textFileStream: bytesPerRange is 0');
  expect(refused({ numPartitions: 0.5 })).toThrow('textFileStream: numPartitions is 0.5');
  expect(refused({ maxLineBytes: -1 })).toThrow('textFileStream: maxLineBytes is -1');
  expect(() => scene((ssc, base) => fileStream(ssc, base, { decode: jsonLines as never }))).toThrow(
    'fileStream: decode',
  );
  expect(() => scene((ssc, base) => binaryRecordsStream(ssc, base, 0))).toThrow(
    'binaryRecordsStream: recordLength is 0',
  );
  expect(() => scene((ssc, base) => binaryRecordsStream(ssc, base, 2, { maxLineBytes: 1 } as object))).toThrow(
    'maxLineBytes',
  );
  expect(() => text({}, (base) => `${base}/[a`)).toThrow('textFileStream: directory');
});
