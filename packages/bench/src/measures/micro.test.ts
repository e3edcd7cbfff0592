import { expect, it } from 'vitest';
import type { SuiteContext } from '../suite.ts';
import { micro } from './micro.ts';
import { repeated } from './repeated.ts';

const about = { id: 'small', title: 'Small', about: '' };
const once: SuiteContext = { quick: true, runs: 1, goOn: () => false, hasTime: () => false, progress() {} };

/** A function that takes so long by a clock of its own. */
function taking(ms: number) {
  let time = 0;
  let calls = 0;
  const work = () => {
    calls++;
    time += ms;
  };
  return { work, now: () => time, calls: () => calls };
}

it('calls a function as often as takes long against the clock', async () => {
  for (const [ms, expected] of [
    [1e-6, 16384],
    [1e-4, 128],
    [0.02, 1],
    [100, 1],
  ] as const) {
    const { work, now, calls } = taking(ms);
    const { run, times, isAsync } = await repeated(work, now);
    expect([times, isAsync]).toEqual([expected, false]);
    const before = calls();
    run();
    expect(calls() - before).toBe(expected);
  }
});

it('calls more often what has become faster, and awaits promises one after the other', async () => {
  let time = 0;
  let running = 0;
  const work = async () => {
    expect(running++).toBe(0);
    await null;
    time += time < 25 ? 0.02 : 0.001;
    running--;
  };
  const { times, isAsync } = await repeated(work, () => time);
  expect([times, isAsync]).toEqual([16, true]);
});

it('measures small functions, of both kinds, beside an empty one', async () => {
  let n = 0;
  const tasks = { add: () => ++n, promise: async () => ++n };
  const { rows } = await micro({ ...about, tasks, per: 2 }).run(once);
  expect(rows.map(({ contender, unit, runs }) => [contender, unit, runs])).toEqual([
    ['add', 'ns', 1],
    ['promise', 'ns', 1],
  ]);
  for (const { value } of rows) expect(value >= 0 && value < Number.POSITIVE_INFINITY).toBe(true);
});

it('passes on what a function throws, and refuses figures of no things', async () => {
  const broken = micro({
    ...about,
    tasks: {
      broken() {
        throw new Error('it broke');
      },
    },
  });
  await expect(broken.run(once)).rejects.toThrow('it broke');
  for (const per of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => micro({ ...about, tasks: {}, per })).toThrow(/per is how many things/);
});
