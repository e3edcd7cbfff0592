import type { MetaRecord, StoodRecord } from '../checkpoint/layout.ts';
import { keys } from '../checkpoint/layout.ts';
import { lookupKey, ownedKey } from '../data/key.ts';
import { type DeltaOutline, outlineDelta } from '../state/delta-outline.ts';
import { decodeEntry } from '../state/stored-state.ts';
import type { StateReport } from './checkpoint-report.ts';
import { recordOf, type StoreReader } from './store-reader.ts';

/** More bytes of keys than this are not read for a sample. */
const SAMPLE_BYTES = 2 ** 22;

/** What is stored of the states of a job, in the order of its plan. @throws LmdbMoved, LmdbDamaged, MR_DECODE */
export function stateReports(reader: StoreReader, meta: MetaRecord, sampleKeys: number): StateReport[] {
  const stood = new Map<string, StoodRecord>();
  for (const entry of reader.entries(['stood'])) stood.set(entry.key[1] as string, recordOf<StoodRecord>(entry));
  return meta.nodes.flatMap(({ name, kind }) => {
    const at = stood.get(name);
    return at === undefined ? [] : [stateReport(reader, { name, kind, ...at }, sampleKeys)];
  });
}

function stateReport(
  reader: StoreReader,
  { name, kind, time, partitions }: { name: string; kind: string } & StoodRecord,
  sampleKeys: number,
): StateReport {
  const sum = { deltas: 0, bytes: 0, keys: 0, panes: 0 };
  const sample: unknown[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const chain: DeltaOutline[] = [];
    for (const { bytes, read } of reader.entries(keys.states(name, partition))) {
      chain.push(outlineDelta(read));
      sum.deltas += 1;
      sum.bytes += bytes;
    }
    sum.keys += keyCount(chain);
    for (const { bytes, read } of reader.entries(keys.entriesOf(name, partition))) {
      if (sample.length < sampleKeys) sample.push(decodeEntry(read(0, bytes)).key);
      sum.bytes += bytes;
      sum.keys += 1;
    }
    sum.panes = Math.max(sum.panes, chain.at(-1)?.panes ?? 0);
    if (sample.length < sampleKeys) sample.push(...someKeys(chain, sampleKeys - sample.length));
  }
  return { name, kind, time, partitions, ...sum, sampleKeys: sample, kept: keptOf(reader, name) };
}

/** Every key is inserted once before it is removed, so that counting them is enough. A whole state says how many it had. */
function keyCount(chain: readonly DeltaOutline[]): number {
  return chain.reduce((n, { size, inserted, removed }) => size ?? n + inserted.count - removed.count, 0);
}

/** Up to `n` keys that are there: the newest deltas first, and without those that a newer one has removed. */
function someKeys(chain: readonly DeltaOutline[], n: number): unknown[] {
  const found = new Map<unknown, unknown>();
  const gone = new Set<unknown>();
  for (const { size, updated, inserted, removed } of chain.toReversed()) {
    for (const section of [updated, inserted]) {
      for (const key of section.first(n + gone.size + found.size, SAMPLE_BYTES) ?? []) {
        const id = ownedKey(lookupKey(key));
        if (!gone.has(id) && !found.has(id)) found.set(id, key);
        if (found.size === n) return [...found.values()];
      }
    }
    const out = removed.first(removed.count, SAMPLE_BYTES);
    // Older deltas may have keys of which nobody can say that they are still there.
    if (size !== null || out === null) break;
    for (const key of out) gone.add(ownedKey(lookupKey(key)));
  }
  return [...found.values()];
}

function keptOf(reader: StoreReader, node: string): StateReport['kept'] {
  const times = new Set<unknown>();
  let bytes = 0;
  for (const entry of reader.entries(['output', node])) {
    times.add(entry.key[2]);
    bytes += entry.bytes;
  }
  return { batches: times.size, bytes };
}
