import { expect, it } from 'vitest';
import { crossover } from './crossover.ts';

it('is between the points on both sides, nearer to the one that is nearer to equal', () => {
  expect(
    crossover([
      [0, 0.5],
      [10, 2],
    ]),
  ).toEqual({ kind: 'at', x: 5 });
  const found = crossover([
    [0, 0.25],
    [1, 0.5],
    [5, 4],
    [20, 1.9],
  ]);
  // A third of the way: a half is one doubling away, four are two.
  expect(found.kind === 'at' ? found.x : null).toBeCloseTo(1 + 4 / 3, 10);
});

it('is at a point where both are equally fast', () => {
  expect(
    crossover([
      [0, 0.5],
      [5, 1],
      [20, 2],
    ]),
  ).toEqual({ kind: 'at', x: 5 });
});

it('is the last one where there are several: from there on it holds', () => {
  expect(
    crossover([
      [0, 2],
      [1, 0.5],
      [2, 2],
    ]),
  ).toEqual({ kind: 'at', x: 1.5 });
});

it('is always where nothing is slower, and never where the last one is', () => {
  expect(
    crossover([
      [0, 1],
      [20, 1.9],
    ]),
  ).toEqual({ kind: 'always' });
  expect(
    crossover([
      [0, 0.2],
      [20, 0.99],
    ]),
  ).toEqual({ kind: 'never' });
  expect(
    crossover([
      [0, 2],
      [20, 0.99],
    ]),
  ).toEqual({ kind: 'never' });
  expect(crossover([[5, 0.5]])).toEqual({ kind: 'never' });
  expect(() => crossover([])).toThrow('no points');
});
