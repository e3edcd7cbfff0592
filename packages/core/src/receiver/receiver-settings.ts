import { type Duration, durationMs } from '../api/time.ts';
import { error } from '../errors/index.ts';

/** How receivers take in data. Given to a context it holds for all of its receivers, given to a stream for that one. */
export interface IntakeOptions {
  /**
   * What comes in within this time is one block, one partition of a batch, read by one task. 200 ms unless given, and no
   * more than the batch interval over the default parallelism, so that a batch keeps all slots busy.
   */
  readonly blockInterval?: Duration;
  /** Records per second that a receiver takes in at most; no limit unless given (`spark.streaming.receiver.maxRate`). */
  readonly maxRate?: number;
  /** Records that may wait for their batch to begin; when it is reached the sender is slowed. 500,000 unless given. */
  readonly maxBufferedRecords?: number;
  /** The same in bytes, for receivers of text and blocks. 64 MiB unless given. */
  readonly maxBufferedBytes?: number;
  /** Time between the two halves of a restart. 2 s unless given (`spark.streaming.receiverRestartDelay`, R122). */
  readonly restartDelay?: Duration;
}

/** The same, resolved. Plain data, since it travels to workers. Times in ms, rates in records per second. */
export interface ReceiverSettings {
  readonly blockIntervalMs: number;
  readonly maxRate: number | null;
  readonly initialRate: number | null;
  readonly maxBufferedRecords: number;
  readonly maxBufferedBytes: number;
  readonly restartDelayMs: number;
}

export const INTAKE_OPTIONS = [
  'blockInterval',
  'maxRate',
  'maxBufferedRecords',
  'maxBufferedBytes',
  'restartDelay',
] as const satisfies readonly (keyof IntakeOptions)[];

const BLOCK_INTERVAL_MS = 200;
const RESTART_DELAY_MS = 2000;
const MAX_BUFFERED_RECORDS = 500_000;
const MAX_BUFFERED_BYTES = 64 * 2 ** 20;

/** Checks options for intake. @param where what the errors call them: `intake` of a context, or the name of the source */
export function checkIntake(where: string, options: IntakeOptions): void {
  if (options.blockInterval !== undefined) durationMs(options.blockInterval, `${where}: blockInterval`);
  if (options.restartDelay !== undefined)
    durationMs(options.restartDelay, `${where}: restartDelay`, { allowZero: true });
  if (options.maxRate !== undefined) checkRate(`${where}: maxRate`, options.maxRate);
  for (const option of ['maxBufferedRecords', 'maxBufferedBytes'] as const) {
    const value = options[option];
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw error('MR_OPTION', {
        option: `${where}: ${option}`,
        value,
        rule: 'must be a whole number of at least 1',
      });
    }
  }
}

/** Checks a rate. @throws MR_OPTION unless it is a number above 0 */
export function checkRate(option: string, value: number): number {
  if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value))
    throw error('MR_OPTION', { option, value, rule: 'must be a number of records per second above 0' });
  return value;
}

/** What holds for a stream: its own options, else the context's, else the defaults. */
export function receiverSettings(
  own: IntakeOptions,
  general: IntakeOptions,
  context: {
    readonly batchIntervalMs: number;
    readonly defaultParallelism: number;
    readonly initialRate: number | null;
  },
): ReceiverSettings {
  const blockInterval = own.blockInterval ?? general.blockInterval;
  const share = Math.max(1, Math.ceil(context.batchIntervalMs / context.defaultParallelism));
  const restartDelay = own.restartDelay ?? general.restartDelay;
  return {
    blockIntervalMs:
      blockInterval === undefined ? Math.min(BLOCK_INTERVAL_MS, share) : durationMs(blockInterval, 'blockInterval'),
    maxRate: own.maxRate ?? general.maxRate ?? null,
    initialRate: context.initialRate,
    maxBufferedRecords: own.maxBufferedRecords ?? general.maxBufferedRecords ?? MAX_BUFFERED_RECORDS,
    maxBufferedBytes: own.maxBufferedBytes ?? general.maxBufferedBytes ?? MAX_BUFFERED_BYTES,
    restartDelayMs:
      restartDelay === undefined ? RESTART_DELAY_MS : durationMs(restartDelay, 'restartDelay', { allowZero: true }),
  };
}
