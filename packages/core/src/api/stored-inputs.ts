import type { JobCheckpoint } from '../checkpoint/job-checkpoint.ts';
import { decodeRecord, encodeRecord, keys } from '../checkpoint/layout.ts';
import { needed } from '../checkpoint/needed.ts';
import type { StoreKey } from '../checkpoint/store.ts';
import { decodePartition, encodePartition } from '../checkpoint/stored-partition.ts';
import { error } from '../errors/index.ts';
import type { BatchPlanner } from '../lineage/batch-planner.ts';
import type { SourcePartition } from '../lineage/rdd-node.ts';
import type { ComputedBatch } from './job-inputs.ts';

/** The number that an input's batch has in place of a partition's where it says how many there are. */
const HEADER = -1;

/** Batches of inputs that cannot be asked for them again: in the checkpoint, with their records. */
export class StoredInputs {
  readonly #job: JobCheckpoint;
  readonly #planner: BatchPlanner;

  constructor(job: JobCheckpoint, planner: BatchPlanner) {
    this.#job = job;
    this.#planner = planner;
  }

  /** What is to be written for a batch: a header, then its partitions. @throws MR_INPUT_NOT_STORED, MR_NOT_ENCODABLE */
  entriesOf({ stream, time, rdd }: ComputedBatch): { readonly key: StoreKey; readonly value: Uint8Array }[] {
    if (rdd !== null && rdd.op.kind !== 'source') throw error('MR_INPUT_NOT_STORED', { stream });
    const partitions = rdd === null ? null : (rdd.op as Extract<typeof rdd.op, { kind: 'source' }>).partitions;
    const header = encodeRecord({ partitions: partitions?.length ?? null });
    this.#expire(stream, time);
    return [
      { key: keys.input(stream, time, HEADER), value: header },
      ...(partitions ?? []).map((p, i) => ({
        key: keys.input(stream, time, i),
        value: encodePartition(p, stream),
      })),
    ];
  }

  /** A batch as it was stored: its partitions; null where there was none; undefined if nothing is known of it. */
  batch(stream: string, time: number): readonly SourcePartition[] | null | undefined {
    const header = this.#job.store.get(keys.input(stream, time, HEADER));
    if (header === undefined) return undefined;
    const { partitions } = decodeRecord<{ partitions: number | null }>(header);
    if (partitions === null) return null;
    return Array.from({ length: partitions }, (_, i) =>
      decodePartition(needed(this.#job.store, keys.input(stream, time, i))),
    );
  }

  /** Has those of the run before go when nobody looks back at them. */
  found(): void {
    for (const { key } of this.#job.store.entries(['input']))
      if (key[3] === HEADER) this.#expire(key[1] as string, key[2] as number);
  }

  #expire(stream: string, time: number): void {
    const until = time + this.#planner.rememberOfName(stream);
    this.#job.expire(until, { kind: 'deletePrefix', prefix: keys.inputs(stream, time) });
  }
}
