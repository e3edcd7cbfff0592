import type { LogFiles } from '../log/log-files.ts';
import type { CheckpointStore } from './store.ts';

/** Puts deltas of a partition's state together, away from the driver's turn. One chain after the other. */
export interface DeltaMerger {
  /** @throws MR_DECODE; and when whoever does it dies */
  merge(deltas: readonly Uint8Array[], operator: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What takes the place of a thread and of a file system: their timing no seed decides. */
export interface SimulatedParts {
  readonly merger: () => DeltaMerger;
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
