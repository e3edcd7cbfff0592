import { type BatchRecord, type InputProgress, keys, type MetaRecord } from '../checkpoint/layout.ts';
import { decodePartition } from '../checkpoint/stored-partition.ts';
import type { InputReport } from './checkpoint-report.ts';
import { recordOf, type StoreReader } from './store-reader.ts';

/** What is stored of the sources of a job, in the order of its plan. @throws LmdbMoved, LmdbDamaged, MR_DECODE */
export function inputReports(reader: StoreReader, meta: MetaRecord, batches: readonly BatchRecord[]): InputReport[] {
  const begun = [...reader.entries(keys.begun)].flatMap((entry) => recordOf<InputProgress[]>(entry));
  // Of two the one that a batch has said counts.
  const progress = [...(batches.at(-1)?.progress ?? []), ...begun];
  return meta.nodes
    .filter(({ inputs }) => inputs.length === 0)
    .map(({ name, kind }) => {
      const last = batches.findLast(({ inputs }) => inputs.some(([stream]) => stream === name));
      return {
        name,
        kind,
        lastBatch: last === undefined ? null : { time: last.time, saved: savedOf(last.inputs, name) },
        progress: savedOf(progress, name),
        stored: storedOf(reader, name),
      };
    });
}

function savedOf(values: readonly (readonly [stream: string, saved: unknown])[], name: string): unknown {
  return values.find(([stream]) => stream === name)?.[1] ?? null;
}

function storedOf(reader: StoreReader, name: string): InputReport['stored'] {
  const sum = { batches: 0, partitions: 0, records: 0, bytes: 0 };
  let lastRanges: unknown[] = [];
  for (const entry of reader.entries(['input', name])) {
    sum.bytes += entry.bytes;
    // The header of a batch, before its partitions.
    if (entry.key[3] === -1) {
      recordOf(entry);
      sum.batches += 1;
      lastRanges = [];
      continue;
    }
    sum.partitions += 1;
    const partition = decodePartition(entry.read(0, entry.bytes));
    if (partition.kind === 'range') {
      sum.records += partition.count ?? 0;
      lastRanges.push(partition.range);
    } else if (partition.kind === 'blocks') sum.records += partition.blocks.reduce((n, { count }) => n + count, 0);
  }
  return { ...sum, lastRanges };
}
