import type { LogFiles } from '../log/log-files.ts';
import type { CheckpointStore } from './store.ts';

/** What takes the place of a file system, whose timing no seed decides, and of sizes that no simulation comes to. */
export interface SimulatedParts {
  /** Entries of state that a slot reads with a batch, where a partition is to be written as a whole. */
  readonly sweptAtOnce: number;
  /** So many deltas of a partition are due to become one. */
  readonly partsOfOne: number;
  /** Of the log of receivers; undefined: those of the machine. */
  readonly files: LogFiles | undefined;
}

const simulated = new WeakMap<CheckpointStore, SimulatedParts>();

/** For simulations of crashes (`tools/crash`): a job with this store has these parts in the place of the machine's. */
export function simulate(store: CheckpointStore, parts: SimulatedParts): void {
  simulated.set(store, parts);
}

/** The simulated parts of a job with this store; undefined for all jobs but those of simulations. */
export function simulatedParts(store: CheckpointStore): SimulatedParts | undefined {
  return simulated.get(store);
}
