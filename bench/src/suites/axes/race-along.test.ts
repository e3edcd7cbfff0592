import type { Contender, Sink, SuiteContext } from '@millrace/bench';
import { expect, it } from 'vitest';
import { raceAlong } from './race-along.ts';

const contender = (id: string, output: unknown): Contender => ({
  id,
  title: id.toUpperCase(),
  open: () => ({ run: (sink: Sink) => sink([output]), close() {} }),
});

function scene() {
  const told: number[] = [];
  const context: SuiteContext = {
    quick: true,
    runs: 5,
    goOn: () => false,
    hasTime: () => false,
    progress: (done) => void told.push(done),
  };
  return { told, context };
}

const axis = { title: 'size', unit: '' };
const pointAt = (x: number, outputs: readonly unknown[] = [x, x]) => ({
  x,
  said: `size ${x}`,
  records: 10,
  contenders: [contender('a', outputs[0]), contender('b', outputs[1])],
});

it('has rows for each point, a line for each contender, and tells how far all of it is', async () => {
  const { told, context } = scene();
  const points = [1, 10, 100].map((x) => () => pointAt(x));
  const { rows, series, points: raced } = await raceAlong({ suite: 's', title: 't', axis, points }, context);
  expect(rows.map(({ contender, metric }) => `${contender} ${metric}`)).toEqual(
    [1, 10, 100].flatMap((x) => [`A throughput, size ${x}`, `B throughput, size ${x}`]),
  );
  expect(series.lines.map(({ contender, points }) => [contender, points.map(([x]) => x)])).toEqual([
    ['A', [1, 10, 100]],
    ['B', [1, 10, 100]],
  ]);
  expect(series.lines.flatMap(({ points }) => points.map(([, y]) => y)).sort()).toEqual(
    rows.map(({ value }) => value).sort(),
  );
  expect(raced.map(({ x, laps }) => [x, laps.get('b')?.seconds.length])).toEqual([1, 10, 100].map((x) => [x, 5]));
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect([told[0], told.at(-1)! <= 1]).toEqual([0, true]);
});

it('compares outputs at each point', async () => {
  const { context } = scene();
  const points = [() => pointAt(1), () => pointAt(2, ['x', 'y'])];
  await expect(raceAlong({ suite: 's', title: 't', axis, points }, context)).rejects.toThrow('b delivered');
});
