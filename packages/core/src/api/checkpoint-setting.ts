import type { CheckpointStore } from '../checkpoint/store.ts';
import { error } from '../errors/index.ts';
import { checkOptionNames } from './check-options.ts';
import type { CheckpointOptions, CheckpointSetting } from './context-options.ts';

const OPTIONS = ['store', 'missedBatches', 'maxMissedBatches', 'allow'];

/** Checks how a context's checkpoints are to be kept. @throws MR_OPTION */
export function checkpointSetting(
  given: CheckpointStore | (CheckpointOptions & { readonly store: CheckpointStore }),
): CheckpointSetting {
  const setting: CheckpointSetting = isStore(given) ? { store: given } : given;
  checkOptionNames('checkpoint', setting, OPTIONS);
  const { store, missedBatches, maxMissedBatches, allow } = setting;
  if (!isStore(store)) throw refused('store', store, 'must be a checkpoint store, as lmdbStore(dir) makes it');
  if (missedBatches !== undefined && missedBatches !== 'run' && missedBatches !== 'skip')
    throw refused('missedBatches', missedBatches, "must be 'run' or 'skip'");
  if (maxMissedBatches !== undefined && !(Number.isInteger(maxMissedBatches) && maxMissedBatches >= 0))
    throw refused('maxMissedBatches', maxMissedBatches, 'must be a whole number of at least 0');
  if (allow !== undefined && !(Array.isArray(allow) && allow.every((name) => typeof name === 'string')))
    throw refused('allow', allow, 'must be an array of names');
  return setting;
}

function isStore(value: unknown): value is CheckpointStore {
  return typeof (value as Partial<CheckpointStore> | undefined)?.write === 'function';
}

function refused(option: string, value: unknown, rule: string): Error {
  return error('MR_OPTION', { option: `checkpoint: ${option}`, value, rule });
}
