import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { memoryStore } from '../checkpoint/memory-store.ts';
import { inlineBackend } from '../testing/inline-backend.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { runBatches } from '../testing/run-batches.ts';
import { TestSource } from '../testing/test-source.ts';
import { CheckpointChoice } from './checkpoint-choice.ts';
import type { CheckpointOptions } from './context-options.ts';
import { StreamingContext } from './streaming-context.ts';
import { milliseconds, seconds } from './time.ts';

/** What is kept, of what was said one after the other. */
function said(...options: CheckpointOptions[]) {
  const choice = new CheckpointChoice(() => {});
  const store = memoryStore();
  for (const each of options) choice.add(store, each);
  return choice.setting;
}
const twice = (what: string) =>
  expect.objectContaining({ code: 'MR_CHECKPOINT_TWICE', message: expect.stringContaining(what) });

test('options of one place complete each other', () => {
  expect(
    said({ allow: ['a', 'b'], writeAheadLog: { dir: 'x' } }, { missedBatches: 'skip', allow: ['b', 'c'] }),
  ).toMatchObject({
    missedBatches: 'skip',
    allow: ['a', 'b', 'c'],
    log: { dir: 'x' },
  });
  expect(
    said(
      { writeAheadLog: { dir: 'x', rollInterval: seconds(1) } },
      { writeAheadLog: { onDamage: 'skip', rollInterval: milliseconds(1000) } },
    ),
  ).toMatchObject({ log: { dir: 'x', options: { onDamage: 'skip', rollIntervalMs: 1000 } } });
  expect(said({ writeAheadLog: false }, { writeAheadLog: false }, {})).toMatchObject({ log: null });
});

test('what contradicts is refused, with both', () => {
  expect(() => said({ missedBatches: 'skip' }, { missedBatches: 'run' })).toThrow(twice('missedBatches is "skip"'));
  expect(() => said({ maxMissedBatches: 1 }, {}, { maxMissedBatches: 2 })).toThrow(twice('maxMissedBatches'));
  expect(() => said({ writeAheadLog: false }, { writeAheadLog: { dir: 'x' } })).toThrow(twice('writeAheadLog is'));
  expect(() => said({ writeAheadLog: { dir: 'x' } }, { writeAheadLog: { dir: 'y' } })).toThrow(
    twice('writeAheadLog.dir'),
  );
  const choice = new CheckpointChoice(() => {});
  choice.addOption({ store: 'there', missedBatches: 'skip' });
  choice.add(resolve('there'), {});
  expect(() => choice.add('elsewhere', {})).toThrow(twice('the place is "there" the first time and "elsewhere"'));
  expect(() => choice.add(memoryStore(), {})).toThrow(twice('the store'));
  expect(choice.setting?.missedBatches).toBe('skip');
});

test('a program that says itself where its checkpoints are goes on with what getOrCreate says, and with no other place', async () => {
  const store = memoryStore();
  const clock = new ManualClock();
  const make = (place: string | typeof store | null) => () => {
    const ssc = new StreamingContext(inlineBackend(), seconds(1), { clock, warn: () => {} });
    if (place !== null) ssc.checkpoint(place);
    return ssc;
  };
  const start = async (name: string, options: CheckpointOptions = {}) => {
    const ssc = StreamingContext.getOrCreate(store, make(store), options);
    new TestSource<string>(ssc, [], { name }).foreachRDD(() => {});
    await ssc.start();
    await runBatches(ssc, clock, 1);
    await ssc.stop();
  };
  await start('words');
  await expect(start('lines')).rejects.toMatchObject({ code: 'MR_CHECKPOINT_DIFFERS' });
  await start('lines', { allow: ['words', 'lines'] });
  expect(() => StreamingContext.getOrCreate(store, make('elsewhere'))).toThrow(twice('elsewhere'));
});

test('getOrCreate refuses options that do not exist, no place, and what makes no context', () => {
  let calls = 0;
  const make = () => {
    calls += 1;
    const ssc = new StreamingContext(inlineBackend(), seconds(1));
    ssc.checkpoint(memoryStore());
    return ssc;
  };
  const refused = (message: string) =>
    expect.objectContaining({ code: 'MR_OPTION', message: expect.stringContaining(message) });
  const { getOrCreate } = StreamingContext;
  expect(() => getOrCreate(memoryStore(), make, { alow: [] } as never)).toThrow(refused('alow'));
  expect(() => getOrCreate(undefined as never, make)).toThrow(refused('store'));
  expect(calls).toBe(0);
  expect(() => getOrCreate(memoryStore(), () => undefined as never)).toThrow(refused('returns undefined'));
  const asynchronous = (async () => make()) as never;
  expect(() => getOrCreate(memoryStore(), asynchronous)).toThrow(refused('await what it needs before'));
  expect(calls).toBe(0);
  const rejects = (() => Promise.reject(new Error('unheard'))) as never;
  expect(() => getOrCreate(memoryStore(), rejects)).toThrow(refused('a promise'));
  expect(() => StreamingContext.getActiveOrCreate(() => null as never)).toThrow(refused('getActiveOrCreate: create'));
});
