import { join } from 'node:path';
import { lmdbStore } from '../checkpoint/lmdb-store.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import { error } from '../errors/index.ts';
import { checkOptionNames, checkWhole } from './check-options.ts';
import type { CheckpointOptions, CheckpointPlace, CheckpointSetting, WriteAheadLogOptions } from './context-options.ts';
import { durationMs } from './time.ts';

const OPTIONS = ['missedBatches', 'maxMissedBatches', 'writeAheadLog', 'allow'];
const LOG_OPTIONS = ['dir', 'segmentBytes', 'rollInterval', 'onDamage'];

/** Checks where and how checkpoints are to be kept. @throws MR_OPTION, MR_DURATION */
export function checkpointSetting(
  place: CheckpointPlace,
  options: CheckpointOptions,
  warn: (message: string) => void,
): CheckpointSetting {
  checkOptionNames('checkpoint', options, OPTIONS);
  const { missedBatches = 'run', maxMissedBatches = 10_000, allow = [] } = options;
  if (!(typeof place === 'string' && place !== '') && !isStore(place)) throw refused('store', place, WHAT);
  if (missedBatches !== 'run' && missedBatches !== 'skip')
    throw refused('missedBatches', missedBatches, "must be 'run' or 'skip'");
  checkWhole('checkpoint: maxMissedBatches', maxMissedBatches, 0);
  if (!Array.isArray(allow) || !allow.every((name) => typeof name === 'string'))
    throw refused('allow', allow, 'must be an array of names');
  const store = typeof place === 'string' ? lmdbStore(join(place, 'store'), { warn }) : place;
  const log = logSetting(typeof place === 'string' ? join(place, 'log') : null, options.writeAheadLog);
  return { store, missedBatches, maxMissedBatches, allow, log };
}

function logSetting(ownDir: string | null, given: false | WriteAheadLogOptions = {}): CheckpointSetting['log'] {
  if (given === false) return null;
  checkOptionNames('checkpoint: writeAheadLog', given, LOG_OPTIONS);
  const { dir = ownDir, segmentBytes, rollInterval, onDamage } = given;
  if (dir === null) return null;
  if (typeof dir !== 'string' || dir === '') throw refused('writeAheadLog.dir', dir, 'must be the path of a directory');
  if (segmentBytes !== undefined) checkWhole('checkpoint: writeAheadLog.segmentBytes', segmentBytes, 1024);
  if (onDamage !== undefined && onDamage !== 'fail' && onDamage !== 'skip')
    throw refused('writeAheadLog.onDamage', onDamage, "must be 'fail' or 'skip'");
  return {
    dir,
    options: {
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
      ...(rollInterval === undefined
        ? {}
        : { rollIntervalMs: durationMs(rollInterval, 'checkpoint: writeAheadLog.rollInterval') }),
      ...(onDamage === undefined ? {} : { onDamage }),
    },
  };
}

const WHAT = 'must be the path of a directory, or a checkpoint store';

function isStore(value: unknown): value is CheckpointStore {
  return typeof (value as Partial<CheckpointStore> | null | undefined)?.write === 'function';
}

function refused(option: string, value: unknown, rule: string): Error {
  return error('MR_OPTION', { option: `checkpoint: ${option}`, value, rule });
}
