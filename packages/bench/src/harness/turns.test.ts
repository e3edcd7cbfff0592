import { expect, it } from 'vitest';
import type { SuiteContext } from '../suite.ts';
import { type Runner, takeTurns, turnRatio, turnRows } from './turns.ts';

const said: string[] = [];
const context: SuiteContext = {
  quick: true,
  runs: 3,
  // One round more than the least.
  goOn: (samples) => [...samples].some(({ length }) => length < 4),
  hasTime: () => true,
  progress: (_, doing) => said.push(doing),
};

it('runs all once uncounted, and then in rounds of which each begins with another', async () => {
  const order: string[] = [];
  let run = 0;
  const runner = (title: string, factor: number): Runner => ({
    title,
    run() {
      order.push(title);
      return factor * ++run;
    },
  });
  const turns = await takeTurns([runner('a', 1), runner('b', 10)], context);
  expect(order.join(' ')).toBe('a b b a a b b a a b');
  expect([...turns].map(([title, { values }]) => [title, values])).toEqual([
    ['a', [4, 5, 8, 9]],
    ['b', [30, 60, 70, 100]],
  ]);
  expect(said.slice(0, 3)).toEqual(['a: warming up', 'b: warming up', 'b: run 1 of 3']);
  expect(said.at(-1)).toBe('b: run 4 of 4');
  const about = { suite: 's', metric: 'throughput', unit: 'x/s', better: 'higher' } as const;
  const [a, b] = turnRows(turns, about);
  expect(a).toMatchObject({ ...about, contender: 'a', value: 6.5, runs: 4, samples: [4, 5, 8, 9] });
  expect(b!.loopMs).toBeGreaterThan(0);
  expect(turnRatio(turns, 'b', 'a').value).toBeCloseTo((8.75 + 100 / 9) / 2, 0);
});

it('ends with what a run fails with', async () => {
  const wrong: Runner = {
    title: 'wrong',
    async run() {
      throw new Error('it counted too few');
    },
  };
  await expect(takeTurns([wrong], context)).rejects.toThrow('it counted too few');
});
