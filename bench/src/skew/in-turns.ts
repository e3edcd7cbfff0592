import type { Skewed } from '../jobs/skewed.job.ts';
import { Cell, type CellBatch, type Pairs } from './cell.ts';

/** What runs, and how often. */
export interface TurnsOptions {
  /** Batches of each that are not counted. */
  readonly warmUp: number;
  /** Batches of each that are. */
  readonly runs: number;
  /** Called before each round with its number, from 0. */
  readonly progress?: (round: number) => void;
}

/**
 * Jobs that are given the same batches and take turns at them, in one order and then in the other: what the machine does meanwhile, it does to all.
 *
 * @param jobs by the names that the answer has
 * @param pairsOf the records of a round
 * @returns what was measured of each, without the rounds that are not counted
 */
export async function inTurns<N extends string>(
  jobs: Readonly<Record<N, Skewed>>,
  pairsOf: (round: number) => Pairs,
  { warmUp, runs, progress }: TurnsOptions,
): Promise<Readonly<Record<N, readonly CellBatch[]>>> {
  const names = Object.keys(jobs) as N[];
  const cells: { readonly name: N; readonly cell: Cell; readonly batches: CellBatch[] }[] = [];
  try {
    for (const name of names) cells.push({ name, cell: await Cell.open(jobs[name]), batches: [] });
    for (let round = 0; round < warmUp + runs; round++) {
      progress?.(round);
      const pairs = pairsOf(round);
      for (const { cell, batches } of round % 2 === 0 ? cells : cells.toReversed()) {
        const batch = await cell.batch(pairs);
        if (round >= warmUp) batches.push(batch);
      }
    }
  } finally {
    for (const { cell } of cells) await cell.close();
  }
  return Object.fromEntries(cells.map(({ name, batches }) => [name, batches])) as unknown as Record<N, CellBatch[]>;
}

/** Bytes that a batch shuffles where they have to be encoded, as between threads. */
export async function bytesShuffled(job: Skewed, pairs: Pairs): Promise<number> {
  const cell = await Cell.open(job, { serialize: true });
  try {
    return (await cell.batch(pairs)).tasks.shuffleBytes;
  } finally {
    await cell.close();
  }
}
