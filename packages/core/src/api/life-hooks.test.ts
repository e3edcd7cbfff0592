import { expect, test } from 'vitest';
import { inlineBackend, ManualClock, runBatches, TestSource } from '../testing/index.ts';
import type { LifeHooks } from './life-hooks.ts';
import { StreamingContext } from './streaming-context.ts';
import { seconds } from './time.ts';

/** A context with a source and an output; `log` says what happened. */
function context(f: (n: number) => number = (n) => n) {
  const clock = new ManualClock();
  const log: string[] = [];
  const warnings: string[] = [];
  const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: (w) => warnings.push(w) });
  const source = new TestSource(ssc, [[1], [2]]);
  const { start, stop } = source;
  source.start = () => {
    log.push('source starts');
    return start.call(source);
  };
  source.stop = () => {
    log.push('source stops');
    return stop.call(source);
  };
  source.map(f).foreachRDD(async (rdd) => void log.push(`batch ${(await rdd.collect()).join()}`));
  const hooks = (name: string): LifeHooks => ({
    start: () => void log.push(`${name} starts`),
    stopping: ({ graceful }) => void log.push(`${name} stopping${graceful ? ' gracefully' : ''}`),
    end: ({ failure }) => void log.push(`${name} ends${failure === null ? '' : ` with ${code(failure.reason)}`}`),
  });
  return { ssc, clock, log, warnings, hooks, source };
}

const code = (e: unknown) => (e as { code?: string }).code ?? String(e);

test('hooks start before sources, in order, and end after the last batch, the other way round', async () => {
  const { ssc, clock, log, hooks, source } = context();
  let pending = 1;
  source.hasPending = () => pending-- > 0;
  ssc.addLifeHooks(hooks('a'));
  ssc.addLifeHooks(hooks('b'));
  expect(log).toEqual([]);
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop({ graceful: true });
  await ssc.stop();
  expect(log).toEqual([
    'a starts',
    'b starts',
    'source starts',
    'batch 1',
    'a stopping gracefully',
    'b stopping gracefully',
    'source stops',
    'batch 2',
    'b ends',
    'a ends',
  ]);
});

test('start waits for hooks, and fails with them', async () => {
  const { ssc, log, hooks } = context();
  ssc.addLifeHooks(hooks('a'));
  ssc.addLifeHooks({ start: () => Promise.reject(new Error('no port')) });
  ssc.addLifeHooks(hooks('b'));
  await expect(ssc.start()).rejects.toThrow('no port');
  expect(ssc.getState()).toBe('STOPPED');
  expect(log).toEqual(['a starts', 'source stops', 'b ends with Error: no port', 'a ends with Error: no port']);
});

test('a start that fails by itself ends the hooks, too', async () => {
  const ssc = new StreamingContext(inlineBackend(), seconds(1));
  const ends: string[] = [];
  ssc.addLifeHooks({ end: ({ failure }) => void ends.push(code(failure?.reason)) });
  await expect(ssc.start()).rejects.toMatchObject({ code: 'MR_NO_OUTPUT' });
  expect(ends).toEqual(['MR_NO_OUTPUT']);
});

test('a context that never started ends its hooks once', async () => {
  const { ssc, log, hooks } = context();
  ssc.addLifeHooks(hooks('a'));
  await ssc.stop();
  await ssc.stop();
  expect(log).toEqual(['a ends']);
});

test('hooks hear of the first error of a batch', async () => {
  const { ssc, clock, log, hooks } = context((n) => {
    if (n === 1) throw new Error('one');
    return n;
  });
  ssc.addLifeHooks(hooks('a'));
  await ssc.start();
  await runBatches(ssc, clock, 2);
  await ssc.stop();
  expect(log.slice(-3)).toEqual(['a stopping', 'source stops', 'a ends with MR_TASK_FAILED']);
  await expect(ssc.awaitTermination()).rejects.toMatchObject({ code: 'MR_TASK_FAILED' });
});

test('what hooks throw while stopping is warned about and harms nothing', async () => {
  const { ssc, log, warnings, hooks } = context();
  ssc.addLifeHooks(hooks('a'));
  ssc.addLifeHooks({
    stopping: () => {
      throw new Error('first');
    },
    end: () => Promise.reject(new Error('second')),
  });
  await ssc.start();
  await ssc.stop();
  expect(log.at(-1)).toBe('a ends');
  expect(warnings.map((w) => w.replace(/^.*: /, ''))).toEqual(['first', 'second']);
});

test('hooks are for contexts that have not started', async () => {
  const { ssc, hooks } = context();
  await ssc.start();
  expect(() => ssc.addLifeHooks(hooks('late'))).toThrow(expect.objectContaining({ code: 'MR_CONTEXT_ACTIVE' }));
  await ssc.stop();
  expect(() => ssc.addLifeHooks(hooks('later'))).toThrow(expect.objectContaining({ code: 'MR_CONTEXT_STOPPED' }));
});
