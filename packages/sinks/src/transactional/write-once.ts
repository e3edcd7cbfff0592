import type { SinkPartition } from '@millrace/core';
import { type BackoffMs, backoffMs, delay, error, isMillraceError, seededRandom } from '@millrace/core/connector';
import { layoutError } from './layout-error.ts';
import { Rereadable } from './rereadable.ts';
import type { Receipt, ReceiptId, TransactionalTarget } from './target.ts';

/** How a partition is written. */
export interface WriteOnceOptions {
  /** Records that `write` of the transaction gets at once. */
  readonly chunkSize: number;
  /** Tries after the first one. */
  readonly retries: number;
  readonly backoff: BackoffMs;
}

/**
 * Writes a partition in one transaction, unless it is there: again after errors that the target calls retryable, when a
 * growing random time has passed by the partition's clock.
 *
 * @returns the receipt that is there now
 * @throws MR_SINK_LAYOUT; MR_SINK_FAILED with what the target threw, in its shown form
 */
export async function writeOnce<T>(
  target: TransactionalTarget<T>,
  records: Iterable<T>,
  partition: SinkPartition,
  options: WriteOnceOptions,
): Promise<Receipt> {
  const { job, output, time, numPartitions } = partition;
  const id: ReceiptId = { job, output, time: time.milliseconds, partition: partition.partition };
  const again = new Rereadable(records, options.chunkSize);
  const random = seededRandom(JSON.stringify(id));
  for (let attempt = 1; ; attempt++) {
    try {
      const known = await target.seen(id, partition);
      const receipt = known ?? (await transaction(target, again, id, partition));
      if (receipt.numPartitions !== numPartitions)
        throw layoutError({ ...id, numPartitions, records: 0 }, receipt.numPartitions);
      return receipt;
    } catch (reason) {
      if (isMillraceError(reason)) throw reason;
      if (attempt > options.retries || target.retryable?.(reason) !== true)
        throw failure(target, output, reason, attempt);
    }
    await delay(partition.clock, backoffMs(attempt, options.backoff, random));
  }
}

async function transaction<T>(
  target: TransactionalTarget<T>,
  records: Rereadable<T>,
  id: ReceiptId,
  partition: SinkPartition,
): Promise<Receipt> {
  const begun = await target.begin(partition);
  try {
    let count = 0;
    for (const chunk of records.chunks()) {
      await begun.write(chunk);
      count += chunk.length;
    }
    return await begun.commit({ ...id, numPartitions: partition.numPartitions, records: count });
  } catch (reason) {
    try {
      await begun.rollback();
    } catch {
      // Its connection may be gone, and the transaction with it. What counts is the first error.
    }
    // Rows with a unique key of their own meet those of another attempt before the receipts do.
    const known = await seenOrNull(target, id, partition);
    if (known !== null) return known;
    throw reason;
  }
}

async function seenOrNull<T>(target: TransactionalTarget<T>, id: ReceiptId, partition: SinkPartition) {
  try {
    return await target.seen(id, partition);
  } catch {
    return null;
  }
}

function failure<T>(target: TransactionalTarget<T>, sink: string, reason: unknown, attempt: number) {
  const shown = target.shown?.(reason) ?? (reason instanceof Error ? reason : new Error(String(reason)));
  const tries = attempt === 1 ? '' : ` (attempt ${attempt})`;
  const text = `${shown.message || shown.name}${tries}`.replace(/\.+$/, '');
  return error('MR_SINK_FAILED', { sink, reason: text }, { cause: shown });
}
