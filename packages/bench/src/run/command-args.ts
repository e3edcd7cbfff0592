import type { RunOptions } from './run-bench.ts';

/** How the command line says what is run, and how. */
export function commandArgs({
  collection,
  only = [],
  quick,
  runs,
  processes,
  budgetMs,
  silentMs,
}: Pick<RunOptions, 'collection' | 'only' | 'quick' | 'runs' | 'processes' | 'budgetMs' | 'silentMs'>): string[] {
  return [
    ...(collection === undefined ? [] : ['suite', collection]),
    ...only.flatMap((id) => ['--only', id]),
    ...(quick ? ['--quick'] : []),
    ...(runs === undefined ? [] : ['--runs', String(runs)]),
    ...(processes === undefined ? [] : ['--processes', String(processes)]),
    ...(budgetMs === undefined ? [] : ['--budget', `${budgetMs / 1000}s`]),
    ...(silentMs === undefined ? [] : ['--silent', `${silentMs / 1000}s`]),
  ];
}
