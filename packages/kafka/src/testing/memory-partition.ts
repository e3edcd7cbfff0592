import { KafkaFailure } from '../failure.ts';
import type { Fetched, FetchRequest, IsolationLevel, OffsetAt, RawRecord } from '../port.ts';

/** A transaction, as far as a log shows it. */
export interface MemoryTransaction {
  state: 'open' | 'committed' | 'aborted';
}

interface Entry {
  readonly offset: number;
  /** Null: the mark of a transaction's end. */
  readonly record: Omit<RawRecord, 'offset'> | null;
  readonly transaction: MemoryTransaction | null;
}

/** The log of one partition. */
export class MemoryPartition {
  #entries: Entry[] = [];
  #end = 0;
  #begin = 0;

  append(record: Omit<RawRecord, 'offset'> | null, transaction: MemoryTransaction | null = null): number {
    const offset = this.#end++;
    this.#entries.push({ offset, record, transaction });
    return offset;
  }

  /** Deletes what is before an offset, as retention does. */
  deleteBefore(offset: number): void {
    this.#begin = Math.max(this.#begin, Math.min(offset, this.#end));
    this.#entries = this.#entries.filter((entry) => entry.offset >= this.#begin);
  }

  /** Deletes single records, as compaction does: offsets stay. */
  deleteRecords(offsets: ReadonlySet<number>): void {
    this.#entries = this.#entries.filter(({ offset }) => !offsets.has(offset));
  }

  /** Loses what is behind an offset, as a disk does. */
  truncate(end: number): void {
    this.#end = Math.min(this.#end, end);
    this.#entries = this.#entries.filter(({ offset }) => offset < this.#end);
  }

  offset(at: OffsetAt, isolation: IsolationLevel): number {
    if (at === 'earliest') return this.#begin;
    const latest = this.#latest(isolation);
    if (at === 'latest') return latest;
    const found = this.#entries.find(({ record }) => record !== null && record.timestamp >= at.timestamp);
    return Math.min(found?.offset ?? latest, latest);
  }

  fetch({ topic, partition, offset, isolation, maxBytes }: FetchRequest): Fetched {
    if (offset < this.#begin || offset > this.#end)
      throw new KafkaFailure('out-of-range', `offset ${offset} of ${topic}/${partition} is not there`);
    const latest = this.#latest(isolation);
    const records: RawRecord[] = [];
    let next = offset;
    let bytes = 0;
    for (const { offset: at, record, transaction } of this.#entries) {
      if (at < offset) continue;
      if (at >= latest) break;
      const size = 20 + (record?.key?.length ?? 0) + (record?.value?.length ?? 0);
      if (bytes > 0 && bytes + size > maxBytes) return { records, next };
      bytes += size;
      next = at + 1;
      const isShown = isolation === 'read_uncommitted' || transaction === null || transaction.state === 'committed';
      if (record !== null && isShown) records.push({ offset: at, ...record });
    }
    return { records, next: latest > next ? latest : next };
  }

  /** Before the first transaction that is open, for who does not look into them. */
  #latest(isolation: IsolationLevel): number {
    if (isolation === 'read_uncommitted') return this.#end;
    return this.#entries.find(({ transaction }) => transaction?.state === 'open')?.offset ?? this.#end;
  }
}
