import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkOptionNames, checkWhole } from '../api/check-options.ts';
import {
  type BatchRecord,
  type DoneRecord,
  keys,
  type MetaRecord,
  refuseNewer,
  type SkippedRecord,
} from '../checkpoint/layout.ts';
import { lmdbFileFault } from '../checkpoint/lmdb-file.ts';
import { FORMAT_KEY, OWNER_KEY } from '../checkpoint/lmdb-keys.ts';
import { missingData } from '../checkpoint/lmdb-missing.ts';
import { LmdbDamaged, LmdbMoved, LmdbSnapshot } from '../checkpoint/lmdb-snapshot.ts';
import { readFormat } from '../checkpoint/lmdb-store.ts';
import { isAlive, readOwner } from '../checkpoint/owner.ts';
import { error, isMillraceError } from '../errors/index.ts';
import type { BatchesReport, CheckpointReport, OwnerReport } from './checkpoint-report.ts';
import { inputReports } from './input-report.ts';
import { logSummary } from './log-report.ts';
import { stateReports } from './state-report.ts';
import { recordOf, StoreReader } from './store-reader.ts';

/** Options of `inspectCheckpoint`. */
export interface InspectOptions {
  /** How many keys of each operator's state to show; 3 unless given. */
  readonly sampleKeys?: number;
  /** Where the write-ahead log is, if the job was told to have it elsewhere; `log` below the directory unless given. */
  readonly logDir?: string;
}

/** So often it is begun anew when the owner wrote over what was being read. */
const ATTEMPTS = 6;

/**
 * Looks into a checkpoint directory, of a job that runs, in whatever process, or of none. Writes nothing: neither LMDB's lock nor
 * the owner's record is touched, and the job is not held up. What it shows is one moment between two commits; the log is
 * looked at right after it. States are counted by the heads of their blocks and read a megabyte at a time, so that they may
 * be larger than memory; every checksum is looked at.
 *
 * @param dir what `--checkpoint` or `ssc.checkpoint` got, or the directory of an `lmdbStore`
 * @throws MR_NOT_A_CHECKPOINT, MR_CHECKPOINT_CORRUPT, MR_CHECKPOINT_NEWER, MR_CHECKPOINT_BUSY, MR_CHECKPOINT_IO, MR_LOG_NEWER, MR_OPTION
 * @example
 * ```ts
 * const { batches, states } = await inspectCheckpoint('/var/lib/word-count');
 * console.log(batches.lastCompleted, states.map(({ name, keys, bytes }) => `${name}: ${keys} keys, ${bytes} bytes`));
 * ```
 */
export async function inspectCheckpoint(dir: string, options: InspectOptions = {}): Promise<CheckpointReport> {
  checkOptionNames('inspectCheckpoint', options, ['sampleKeys', 'logDir']);
  const { sampleKeys = 3, logDir } = options;
  checkWhole('inspectCheckpoint: sampleKeys', sampleKeys, 0);
  const store = storeDir(dir);
  try {
    const { log: known, ...report } = storeReport(dir, store, sampleKeys);
    // Where a store lies by itself, nothing says where its log would be.
    const isOn = known.isOn && (logDir !== undefined || store !== dir);
    return { ...report, log: logSummary(logDir ?? join(dir, 'log'), { ...known, isOn }) };
  } catch (e) {
    if (isMillraceError(e) && e.code !== 'MR_DECODE') throw e;
    // What cannot be decoded has the right checksum, and was never written by this version.
    if (e instanceof LmdbDamaged || isMillraceError(e))
      throw error('MR_CHECKPOINT_CORRUPT', { where: store, what: (e as Error).message }, { cause: e });
    throw error('MR_CHECKPOINT_IO', { where: store, reason: (e as Error).message }, { cause: e });
  }
}

/** Where the store of a checkpoint is. @throws MR_NOT_A_CHECKPOINT, MR_CHECKPOINT_CORRUPT */
function storeDir(dir: string): string {
  if (typeof dir !== 'string' || dir === '')
    throw error('MR_OPTION', { option: 'inspectCheckpoint: dir', value: dir, rule: 'must be the path of a directory' });
  const refused = (what: string) => error('MR_NOT_A_CHECKPOINT', { dir, what });
  if (!existsSync(dir)) throw refused('it does not exist');
  if (!statSync(dir).isDirectory()) throw refused('it is a file');
  const places = [join(dir, 'store'), dir];
  for (const where of places) {
    const what = missingData(where);
    if (what !== null) throw error('MR_CHECKPOINT_CORRUPT', { where, what });
  }
  const found = places.find((each) => existsSync(join(each, 'data.mdb')));
  if (found === undefined) throw refused('it has no store/data.mdb');
  if (statSync(join(found, 'data.mdb')).size === 0) throw refused('its data.mdb is empty: no job has begun');
  return found;
}

function storeReport(dir: string, store: string, sampleKeys: number) {
  const path = join(store, 'data.mdb');
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const fault = lmdbFileFault(path);
    if (fault !== null) throw error('MR_CHECKPOINT_CORRUPT', { where: store, what: fault });
    const snapshot = new LmdbSnapshot(path);
    // The last time it is read so fast that no owner can write over it before it is through, as far as possible.
    const verified = attempt < ATTEMPTS;
    try {
      const { size, mtimeMs } = statSync(path);
      const format = readFormat(store, bytesOf(snapshot, FORMAT_KEY));
      const owner = ownerOf(store, bytesOf(snapshot, OWNER_KEY));
      const reader = new StoreReader(snapshot, verified);
      // Keys of the store itself are none of the job's.
      const entries = snapshot.size - (owner === null ? 1 : 2);
      const facts = { bytes: size, entries, lastWriteMs: Math.floor(mtimeMs), verified };
      return { dir, format, owner, store: { dir: store, ...facts }, ...jobReport(store, reader, sampleKeys) };
    } catch (e) {
      if (!(e instanceof LmdbMoved)) throw e;
    } finally {
      snapshot.close();
    }
  }
  throw error('MR_CHECKPOINT_BUSY', { where: store, attempts: ATTEMPTS });
}

function jobReport(store: string, reader: StoreReader, sampleKeys: number) {
  const meta = reader.record<MetaRecord>(keys.meta) ?? null;
  if (meta !== null) refuseNewer(store, meta);
  const planned = [...reader.entries(['batch'])].map((entry) => recordOf<BatchRecord>(entry));
  const sums = reader.record<[name: string, value: unknown][]>(keys.sums) ?? [];
  return {
    job: meta?.job ?? null,
    batchIntervalMs: meta?.batchIntervalMs ?? null,
    zeroTime: meta?.zeroTime ?? null,
    defaultParallelism: meta?.defaultParallelism ?? null,
    batches: batchesReport(reader, planned),
    inputs: meta === null ? [] : inputReports(reader, meta, planned),
    states: meta === null ? [] : stateReports(reader, meta, sampleKeys),
    accumulators: sums.map(([name, value]) => ({ name, value })),
    log: { isOn: meta?.log === true, id: meta?.logId ?? null, newest: planned.at(-1)?.log ?? -1 },
  };
}

function batchesReport(reader: StoreReader, planned: readonly BatchRecord[]): BatchesReport {
  const done = new Map<number, DoneRecord>();
  for (const entry of reader.entries(['done'])) done.set(entry.key[1] as number, recordOf<DoneRecord>(entry));
  const over = [...done].sort(([a], [b]) => a - b);
  const completed = over.filter(([, { failed }]) => failed === null);
  return {
    completed: completed.length,
    lastCompleted: completed.at(-1)?.[0] ?? null,
    pending: planned.filter(({ time, empty }) => !done.has(time) && empty !== true).map(({ time }) => time),
    failed: over.flatMap(([time, { failed }]) => (failed === null ? [] : [{ time, reason: failed }])),
    skipped: [...reader.entries(['skipped'])].map((entry) => recordOf<SkippedRecord>(entry)),
    lastIntervalMs: planned.at(-1)?.intervalMs ?? null,
  };
}

function bytesOf(snapshot: LmdbSnapshot, key: Buffer): Buffer | undefined {
  const value = snapshot.get(key);
  return value?.read(0, value.size);
}

function ownerOf(where: string, bytes: Buffer | undefined): OwnerReport | null {
  if (bytes === undefined) return null;
  const owner = readOwner(bytes.toString());
  if (owner === null) throw error('MR_CHECKPOINT_CORRUPT', { where, what: 'the record of its owner is damaged' });
  return { pid: owner.pid, since: owner.since, status: isAlive(owner) ? 'alive' : 'stale' };
}
