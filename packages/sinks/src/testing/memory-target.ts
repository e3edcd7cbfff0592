import {
  layoutError,
  type Receipt,
  type ReceiptId,
  type TargetTransaction,
  type TransactionalTarget,
} from '../transactional/index.ts';

/**
 * A target in memory: the model of what a target does. For tests on one thread.
 *
 * @example
 * ```ts
 * import { transactionalSink } from '@millrace/sinks/transactional';
 * const target = new MemoryTarget<string>();
 * transactionalSink(words, target, { name: 'stored' });
 * target.rows.length; // 0
 * ```
 */
export class MemoryTarget<T> implements TransactionalTarget<T> {
  readonly kind = 'memory';
  readonly #rows: T[] = [];
  readonly #receipts = new Map<string, Receipt>();

  /** The committed rows, in the order of their transactions. */
  get rows(): readonly T[] {
    return this.#rows;
  }

  /** The receipts, in the order of their transactions. */
  get receipts(): readonly Receipt[] {
    return [...this.#receipts.values()];
  }

  seen(id: ReceiptId): Receipt | null {
    return this.#receipts.get(keyOf(id)) ?? null;
  }

  begin(): TargetTransaction<T> {
    const staged: T[] = [];
    return {
      write: (records) => void staged.push(...records),
      commit: (receipt) => {
        const first = this.seen(receipt);
        if (first !== null) return first;
        const { job, output, time, numPartitions } = receipt;
        const other = this.receipts.find((r) => r.job === job && r.output === output && r.time === time);
        if (other !== undefined && other.numPartitions !== numPartitions)
          throw layoutError(receipt, other.numPartitions);
        for (const row of staged) this.#rows.push(row);
        this.#receipts.set(keyOf(receipt), receipt);
        return receipt;
      },
      rollback: () => void staged.splice(0),
    };
  }
}

const keyOf = ({ job, output, time, partition }: ReceiptId) => JSON.stringify([job, output, time, partition]);
