import { isDeepStrictEqual } from 'node:util';
import {
  type BatchRecord,
  type DoneRecord,
  decodeRecord,
  encodeRecord,
  FORMAT,
  type InputProgress,
  keys,
  type MetaRecord,
  type NodeShape,
  type StreamBatch,
} from './layout.ts';
import { type MigrationTarget, migratedState } from './migrate-state.ts';
import { type DueMigration, dueMigrations, type MigrationStep, migratedShapes } from './migrations.ts';
import { checkSameJob, type JobShape } from './plan-shape.ts';
import { droppedSource, sourceChanges, withBeginnings, withoutSources } from './source-changes.ts';
import type { CheckpointStore, StoreChange } from './store.ts';

/** How the state of an earlier program becomes that of this one. */
export interface Migrations {
  readonly steps: readonly MigrationStep[];
  /**
   * @param saved the nodes of the checkpoint, by their new names
   * @param defaultParallelism the one that the job goes on with
   */
  targetOf(due: DueMigration, saved: readonly NodeShape[], defaultParallelism: number): MigrationTarget;
}

/** A name that has no source any more, or another one than it had. */
export interface ReplacedSource {
  readonly name: string;
  /** Where the one of the checkpoint stood behind the last batch that was planned; undefined if nothing is known of it. */
  readonly progress: unknown;
}

/** What a program makes of what an earlier run has left. */
export interface Takeover {
  readonly meta: MetaRecord;
  /** Batches that are remembered, oldest first. */
  readonly batches: readonly BatchRecord[];
  /** Of these the ones that are over. */
  readonly done: ReadonlySet<number>;
  /** Of these the ones that have failed. */
  readonly failed: ReadonlySet<number>;
  /** What was computed for windows that are not due yet. */
  readonly computed: readonly StreamBatch[];
  /** Where inputs stood when they were started, of those of which no batch says where they stand. */
  readonly begun: readonly InputProgress[];
  readonly replaced: readonly ReplacedSource[];
  /** To be written in one transaction before anything else; null if everything is as it was. */
  readonly changes: readonly StoreChange[] | null;
  /** What the user is to be told once that is done. */
  readonly warnings: readonly string[];
}

/**
 * Compares a program with the one that wrote a checkpoint, and says what becomes of what is there. Changes nothing.
 *
 *     state that is migrated                 takes the place of the old
 *     nodes that are gone                    what is stored of them goes
 *     sources that are gone, or others now   their part in batches goes: another source could make nothing of it
 *     sources that are new                   have no part in batches that had been planned
 *
 * @throws MR_CHECKPOINT_DIFFERS, what a migration throws
 */
export function takeOver(
  store: CheckpointStore,
  meta: MetaRecord,
  now: JobShape,
  allow: readonly string[],
  migrations: Migrations,
): Takeover {
  const due = dueMigrations(migrations.steps, meta.nodes);
  const nodes = migratedShapes(meta.nodes, due);
  const outputs = meta.outputs === undefined ? undefined : migratedShapes(meta.outputs, due);
  const migrated = new Set(due.map(({ to }) => to));
  const held = new Set(migrated);
  for (const { key } of store.entries(['stood'])) held.add(key[1] as string);
  const batches = [...store.entries(['batch'])].map(({ value }) => decodeRecord<BatchRecord>(value));
  const done = new Set<number>();
  const failed = new Set<number>();
  const computed: StreamBatch[] = [];
  for (const { key, value } of store.entries(['done'])) {
    const record = decodeRecord<DoneRecord>(value);
    done.add(key[1] as number);
    if (record.failed !== null) failed.add(key[1] as number);
    computed.push(...(record.computed ?? []));
  }
  const pending = batches.filter(({ time, empty }) => !done.has(time) && empty !== true).map(({ time }) => time);
  const comparison = { where: 'the checkpoint', allow, held, migrated, pending };
  const differ = checkSameJob({ ...meta, nodes, outputs }, now, comparison);

  const sources = sourceChanges(nodes, now.nodes);
  const lost = new Set(sources.lost.map(({ name }) => name));
  const kept = batches.map((batch) => withoutSources(withNames(batch, due), lost));
  const there = new Set(now.nodes.map(({ name }) => name));
  const moved = new Set(due.map(({ from }) => from));
  const changes: StoreChange[] = meta.nodes
    .map(({ name }) => name)
    .filter((name) => moved.has(name) || lost.has(name) || !there.has(name))
    .flatMap((name) => keys.ofNode(name).map((prefix) => ({ kind: 'deletePrefix', prefix }) as const));
  for (const each of due)
    changes.push(...migratedState(store, each, migrations.targetOf(each, nodes, meta.defaultParallelism)));
  for (const [i, batch] of kept.entries())
    if (batch !== batches[i]) changes.push({ kind: 'put', key: keys.batch(batch.time), value: encodeRecord(batch) });
  const bytes = store.get(keys.begun);
  const stood = bytes === undefined ? [] : decodeRecord<InputProgress[]>(bytes);
  const begun = stood.filter(([stream]) => !lost.has(stream));
  if (begun.length < stood.length) changes.push({ kind: 'put', key: keys.begun, value: encodeRecord(begun) });
  const shapes = withBeginnings(nodes, now.nodes, sources, batches.at(-1)?.time ?? null);
  // What this version writes the one before may not be able to read.
  const accepted: MetaRecord = { ...meta, format: FORMAT, nodes: shapes, outputs: now.outputs, log: now.log };
  const isSame = changes.length === 0 && isDeepStrictEqual(meta, accepted);
  if (!isSame) changes.push({ kind: 'put', key: keys.meta, value: encodeRecord(accepted) });

  const progress = new Map(batches.at(-1)?.progress ?? []);
  const known = new Set(kept.at(-1)?.progress.map(([stream]) => stream));
  return {
    meta: accepted,
    batches: kept,
    done,
    failed,
    computed,
    begun: begun.filter(([stream]) => !known.has(stream)),
    replaced: [...lost.union(sources.fresh)].map((name) => ({ name, progress: progress.get(name) })),
    changes: isSame ? null : changes,
    warnings: [
      ...sources.lost.map((source) => droppedSource(source, pending, meta.log === true && now.log !== true)),
      ...idleAllowance(allow, differ),
    ],
  };
}

/** A batch that knows where states lie knows it by their new names. */
function withNames(batch: BatchRecord, due: readonly DueMigration[]): BatchRecord {
  const names = new Map(due.map(({ from, to }) => [from, to]));
  if (batch.tables?.some(([node]) => (names.get(node) ?? node) !== node) !== true) return batch;
  return { ...batch, tables: batch.tables.map(([node, table]) => [names.get(node) ?? node, table]) };
}

/** What may differ and does not may be misspelt, or be left over from a change that is long done. */
function idleAllowance(allow: readonly string[], differ: ReadonlySet<string>): string[] {
  const idle = allow.filter((name) => !differ.has(name)).map((name) => `'${name}'`);
  if (idle.length === 0) return [];
  return [
    `allow has ${idle.join(', ')}, and the program does not differ in that from the one that wrote the checkpoint: misspelt, or to be removed before it lets another change pass.`,
  ];
}
