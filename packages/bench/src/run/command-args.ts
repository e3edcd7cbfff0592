import type { RunOptions } from './run-bench.ts';

/** How the command line says what is run, and how. */
export function commandArgs({
  collection,
  only = [],
  quick,
  runs,
  budgetMs,
  silentMs,
}: Pick<RunOptions, 'collection' | 'only' | 'quick' | 'runs' | 'budgetMs' | 'silentMs'>): string[] {
  return [
    ...(collection === undefined ? [] : ['suite', collection]),
    ...only.flatMap((id) => ['--only', id]),
    ...(quick ? ['--quick'] : []),
    ...(runs === undefined ? [] : ['--runs', String(runs)]),
    ...(budgetMs === undefined ? [] : ['--budget', `${budgetMs / 1000}s`]),
    ...(silentMs === undefined ? [] : ['--silent', `${silentMs / 1000}s`]),
  ];
}
