import type { BucketTable } from '../data/bucket-table.ts';
import { partitionLoads, rebalanced } from './bucket-moves.ts';
import { maxOverMean } from './shuffle-metrics.ts';

/** When buckets are moved. */
export interface PlacementSettings {
  /** The heaviest partition over the mean one, from which on a load is uneven ... */
  readonly unevenAt: number;
  /** ... if it has been for so many batches in a row ... */
  readonly batches: number;
  /** ... of partitions that have so many records on average, over the batches that still count: else it does not matter who has them, ... */
  readonly leastRecords: number;
  /** ... and, so that chance moves nothing, by so many times what records of that number stray by. */
  readonly deviations: number;
  /** No more is moved when the heaviest partition is this over the mean one. */
  readonly evenAt: number;
  /** The heaviest partition has to lose this part of a mean one, or the move is not worth it. */
  readonly leastGain: number;
  /** Batches after a move in which nothing is moved. */
  readonly rest: number;
  /** What is left of the load of past batches with each new one. */
  readonly memory: number;
}

export const PLACEMENT_SETTINGS: PlacementSettings = {
  unevenAt: 1.1,
  batches: 3,
  leastRecords: 256,
  deviations: 4,
  evenAt: 1.02,
  leastGain: 0.04,
  rest: 8,
  memory: 0.7,
};

/** What is known of the load of a state. Plain data. */
export interface PlacementState {
  /** Of each virtual bucket, in records of the last batches, older ones counting less. */
  readonly loads: readonly number[];
  /** For how many batches in a row the load has been uneven. */
  readonly uneven: number;
  /** Batches that are still to pass before anything is moved. */
  readonly rest: number;
}

/** Nothing is known. */
export function noLoads(table: BucketTable): PlacementState {
  return { loads: table.map(() => 0), uneven: 0, rest: 0 };
}

/**
 * Takes in what a batch had of each bucket. A batch without records says nothing.
 *
 * @param table where buckets lie now: loads are uneven, or not, by where keys would lie from now on
 */
export function observed(
  state: PlacementState,
  loads: readonly number[],
  table: BucketTable,
  settings: PlacementSettings,
): PlacementState {
  if (loads.every((load) => load === 0)) return state;
  const smoothed = state.loads.map((before, bucket) => settings.memory * before + loads[bucket]!);
  const rest = Math.max(0, state.rest - 1);
  return { loads: smoothed, uneven: isUneven(smoothed, table, settings) ? state.uneven + 1 : 0, rest };
}

/** Where buckets had better lie; null: where they are. */
export function betterTable(
  { loads, uneven, rest }: PlacementState,
  table: BucketTable,
  settings: PlacementSettings,
): BucketTable | null {
  if (rest > 0 || uneven < settings.batches) return null;
  const moved = rebalanced(loads, table, settings.evenAt);
  if (moved === table) return null;
  const gain = maxOverMean(partitionLoads(loads, table)) - maxOverMean(partitionLoads(loads, moved));
  return gain >= settings.leastGain ? moved : null;
}

/** Buckets were moved. */
export function rested(state: PlacementState, { rest }: PlacementSettings): PlacementState {
  return { ...state, uneven: 0, rest };
}

function isUneven(loads: readonly number[], table: BucketTable, settings: PlacementSettings): boolean {
  const sums = partitionLoads(loads, table);
  const mean = sums.reduce((sum, load) => sum + load, 0) / sums.length;
  if (mean < settings.leastRecords) return false;
  const excess = Math.max(...sums) - mean;
  return excess > (settings.unevenAt - 1) * mean && excess > settings.deviations * Math.sqrt(mean);
}
