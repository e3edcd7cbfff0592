import type { Backoff, DStream } from '@millrace/core';
import { checkedBackoff, error } from '@millrace/core/connector';
import { checkOptions, positive } from '../options.ts';
import type { TransactionalTarget } from './target.ts';
import { type WriteOnceOptions, writeOnce } from './write-once.ts';

/** How partitions are written, and under which name. */
export interface TransactionalSinkOptions {
  /** Name of the output: unique in the job, part of every receipt. Give it one, so that other outputs before it change nothing. */
  readonly name?: string;
  /** Records that a transaction's `write` gets at once; 1,000 unless given. */
  readonly chunkSize?: number;
  /** How often a transaction is tried again; 5 unless given. */
  readonly retries?: number;
  /** How long to wait before that; 100 ms to 10 s unless given. */
  readonly backoff?: Backoff;
}

/** Names of these options. */
export const TRANSACTION_OPTIONS = [
  'name',
  'chunkSize',
  'retries',
  'backoff',
] as const satisfies readonly (keyof TransactionalSinkOptions)[];

/**
 * Writes each partition in one transaction of an outside system, together with a receipt: job, output, batch time, partition.
 *
 * Delivery: exactly once, given that a batch that runs again has the same input: with a checkpoint. Without one, batches
 * that were lost in a crash do not run again; tasks that are tried again in a run that goes on still write once. A partition whose
 * receipt is there is not written. Two attempts at the same time leave the rows of one. A batch that comes back with another
 * number of partitions is refused with MR_SINK_LAYOUT.
 *
 * Receipts belong to the name of the job and of the output: two jobs of one name that run at the same time must not share a target.
 *
 * @throws MR_OPTION, also where the job has no name, MR_DURATION, MR_NOT_A_FUNCTION; the batch fails with MR_SINK_FAILED or
 * MR_SINK_LAYOUT
 * @example
 * ```ts
 * import { MemoryTarget } from '@millrace/sinks/testing';
 * const target = new MemoryTarget<[string, number]>();
 * transactionalSink(counts, target, { name: 'stored' });
 * ```
 */
export function transactionalSink<T>(
  stream: DStream<T>,
  target: TransactionalTarget<T>,
  options: TransactionalSinkOptions = {},
): void {
  const how = checkTransactionOptions('transactionalSink', options, TRANSACTION_OPTIONS);
  for (const method of ['seen', 'begin'] as const) {
    if (typeof target?.[method] === 'function') continue;
    throw error('MR_OPTION', {
      option: `transactionalSink: target.${method}`,
      value: target?.[method],
      rule: 'must be a function',
    });
  }
  attachTarget(stream, target, options.name, how);
}

/** Checks the options that all transactional sinks share. @throws MR_OPTION, MR_DURATION */
export function checkTransactionOptions(
  sink: string,
  options: TransactionalSinkOptions,
  allowed: readonly string[],
): WriteOnceOptions {
  checkOptions(sink, options, allowed);
  const { chunkSize = 1000, retries = 5, backoff } = options;
  if (backoff !== undefined) checkOptions(`${sink}: backoff`, backoff, ['initial', 'max']);
  return {
    chunkSize: positive(`${sink}: chunkSize`, chunkSize),
    retries: positive(`${sink}: retries`, retries, 0),
    backoff: checkedBackoff(`${sink}: backoff`, backoff),
  };
}

/** Makes the target an output. */
export function attachTarget<T>(
  stream: DStream<T>,
  target: TransactionalTarget<T>,
  name: string | undefined,
  how: WriteOnceOptions,
): void {
  const kind = target.kind ?? 'transactionalSink';
  // Receipts of jobs without a name would be taken for one another's.
  if (stream.context.options.name === undefined)
    throw error('MR_OPTION', {
      option: `${kind}: the name of the job`,
      value: undefined,
      rule: "must be given where something is written exactly once, and be this job's alone: new StreamingContext(…, { name }) or defineJob({ name, … })",
    });
  stream.writeTo(
    {
      kind,
      write: async (records, partition) => (await writeOnce(target, records, partition, how)).records,
    },
    name === undefined ? {} : { name },
  );
}
