import type { CommittedOffset } from '@millrace/kafka';
import type { Receipt, ReceiptId } from '../transactional/index.ts';

/** So many batches have their receipts. More than that cannot be under way at the same time. */
const KEEP = 100;
/** Brokers take 4096 bytes of metadata. */
const MOST_BYTES = 4000;

type Batch = readonly [time: number, numPartitions: number, records: number];

/**
 * Which batches of a partition are written: what its offset in Kafka has as metadata. Of those that came earlier than the
 * oldest that is there, all are.
 */
export class WrittenBatches {
  /** By time. */
  readonly #batches: readonly Batch[];
  /** Whether there were others, which came earlier. */
  readonly #cut: boolean;

  private constructor(batches: readonly Batch[], cut: boolean) {
    this.#batches = batches;
    this.#cut = cut;
  }

  /** @throws Error for an offset that somebody else has committed */
  static of(committed: CommittedOffset | undefined): WrittenBatches {
    if (committed === undefined) return new WrittenBatches([], false);
    try {
      const { cut, batches } = JSON.parse(committed.metadata) as { cut: boolean; batches: Batch[] };
      if (batches.every((batch) => batch.length === 3)) return new WrittenBatches(batches, cut);
    } catch {
      // What it is instead helps nobody.
    }
    throw new Error('what the receipts are kept in was written by another program: see the offsets of its group');
  }

  /** The receipt of a batch. @param numPartitions for batches whose receipts were dropped */
  receipt(id: ReceiptId, numPartitions: number): Receipt | null {
    const batch = this.#batches.find(([time]) => time === id.time);
    if (batch !== undefined) return { ...idOf(id), numPartitions: batch[1], records: batch[2] };
    const [oldest = Infinity] = this.#batches[0] ?? [];
    return this.#cut && id.time < oldest ? { ...idOf(id), numPartitions, records: 0 } : null;
  }

  /** With one more. */
  with({ time, numPartitions, records }: Receipt): WrittenBatches {
    const batches: Batch[] = [...this.#batches, [time, numPartitions, records] as const].sort(([a], [b]) => a - b);
    let made = new WrittenBatches(batches.slice(-KEEP), this.#cut || batches.length > KEEP);
    while (made.metadata.length > MOST_BYTES) made = new WrittenBatches(made.#batches.slice(1), true);
    return made;
  }

  get metadata(): string {
    return JSON.stringify({ cut: this.#cut, batches: this.#batches });
  }
}

const idOf = ({ job, output, time, partition }: ReceiptId): ReceiptId => ({ job, output, time, partition });
