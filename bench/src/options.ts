import { parseArgs } from 'node:util';

/** What the command line says. */
export interface BenchOptions {
  readonly quick: boolean;
  readonly list: boolean;
  readonly help: boolean;
  /** Ids of suites or ratios, or beginnings of them; empty: all. */
  readonly only: readonly string[];
  /** Counted runs of each contender. */
  readonly runs: number;
  /** Base name of the files in bench/results. */
  readonly out: string;
}

/** What --help prints. */
export const USAGE = `Usage: npx nx run bench -- [options]

  --quick       fewer suites and smaller sizes: a look in less than half a minute
  --only ID     a suite or a ratio, or the beginning of its id; may be repeated
  --runs N      counted runs of each contender, at least 5 (default: 5)
  --out NAME    base name of the files in bench/results (default: latest)
  --list        ids of suites and ratios
`;

/** Reads the command line. @throws Error with a sentence for the user */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      out: { type: 'string', default: 'latest' },
    },
  });
  const { quick, list, help, only, out } = values;
  const runs = values.runs === undefined ? 5 : Number(values.runs);
  if (!Number.isInteger(runs) || runs < 5)
    throw new Error(`--runs ${values.runs}: it takes a whole number of at least 5, since medians of fewer say little`);
  if (!/^[\w.-]+$/.test(out)) throw new Error(`--out ${out}: it takes a plain file name`);
  return { quick, list, help, only, runs, out };
}

/** Flags that a command needs to repeat a figure of this run. */
export function repeatFlags({ quick, runs }: BenchOptions): string[] {
  return [...(quick ? ['--quick'] : []), ...(runs === 5 ? [] : ['--runs', String(runs)])];
}
