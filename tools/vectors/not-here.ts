import type { Vector } from './format.ts';

/**
 * Questions that have no meaning in the engine, by the operation that asks them: they are about files and classes that Spark has. What
 * takes their place has tests of its own.
 */
const NOT_HERE: Readonly<Record<string, string>> = {
  'kafka.sortExecutors': 'there are no executors on hosts to be sorted',
  CheckpointFiles: 'there are no checkpoint files to name and order: a batch is a transaction of one store',
  'BatchedWAL.writeTime':
    'log files have numbers, not times, and records that are written together are in the order of their arrival',
  FileWAL: 'log files have numbers, not times, and none is closed to be safe: every write is synced',
  'WAL.select': 'there is one log, and no class of it to choose',
};

/** Why a vector has no meaning in the engine; null if it has one. */
export function reasonNotHere({ kind, operation }: Vector): string | null {
  const isAboutParts = kind === 'calls' || kind === 'trace';
  return isAboutParts && Object.hasOwn(NOT_HERE, operation) ? NOT_HERE[operation] : null;
}
