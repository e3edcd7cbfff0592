import { expect, it } from 'vitest';
import { commandArgs } from './command-args.ts';

it('says as a command line what is run, and how', () => {
  expect(commandArgs({})).toEqual([]);
  const options = { collection: 'full', only: ['a', 'b'], quick: true, runs: 7, budgetMs: 90_000, silentMs: 120_000 };
  expect(commandArgs(options).join(' ')).toBe(
    'suite full --only a --only b --quick --runs 7 --budget 90s --silent 120s',
  );
});
