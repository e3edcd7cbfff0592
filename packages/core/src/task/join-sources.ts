import { cogroupColumns } from './cogroup.ts';
import type { Columns } from './columns.ts';
import { keysToSkip, pieceRecords, type Residues, residuesOf } from './join-pieces.ts';
import { type ProbeTable, probe, probeTable } from './probe.ts';
import type { TableName } from './probe-tables.ts';
import type { Pipe, SourceOf, TaskInput } from './program.ts';
import type { Sliced } from './slices.ts';
import type { TaskRun } from './task-run.ts';

/*
 * What a task makes of several sides: cogroups, with what belongs to split keys, every pair of two, and lookups in a small side.
 */

/** Pairs of each side as columns. */
export function* sidesOf(run: TaskRun, sides: readonly Pipe[]): Sliced<readonly (readonly Columns[])[]> {
  const columns: (readonly Columns[])[] = [];
  for (const side of sides) columns.push(yield* run.columns(side));
  return columns;
}

/** `[key, lists]` of all sides, and pieces of keys that are split. */
export function* cogrouped(run: TaskRun, source: SourceOf<'cogroup'>): Sliced<readonly unknown[]> {
  const sides = yield* sidesOf(run, source.sides);
  const pieces = source.pieces === null ? null : run.task.inputs[source.pieces];
  if (pieces?.kind !== 'pieces') return cogroupColumns(sides);
  const { part, buckets } = pieces;
  if (part.own.length + part.pieces.length === 0) return cogroupColumns(sides);
  return [...cogroupColumns(sides, keysToSkip(part)), ...pieceRecords(part, run.readBuckets(buckets))];
}

/** What is left of split keys in the sides of a join. */
export function* leftOfSplitKeys(run: TaskRun, source: SourceOf<'residues'>): Sliced<Residues> {
  const { keys } = run.task.inputs[source.wanted] as Extract<TaskInput, { kind: 'wanted' }>;
  return residuesOf(keys.own.length > 0 ? yield* sidesOf(run, source.sides) : [], keys);
}

/** Every pair of a record of the left and one of the right. */
export function* cartesian(run: TaskRun, source: SourceOf<'cartesian'>): Sliced<readonly unknown[]> {
  const left = yield* run.records(source.left);
  const right = yield* run.records(source.right);
  const out: unknown[] = [];
  for (const a of left) {
    for (const b of right) out.push([a, b]);
    if ((out.length & 0x3fff) < right.length) yield undefined;
  }
  return out;
}

/** Records of the large side of a join, looked up in the small one. */
export function* probed(run: TaskRun, source: SourceOf<'probe'>): Sliced<readonly unknown[]> {
  const name = run.task.args[source.name];
  if (name.kind !== 'value') throw new TypeError('a probe needs the name of its table');
  const table = yield* run.host.probeTable(name.value as TableName, () => tableOf(run, source));
  const pairs = yield* run.records(source.from);
  run.recordsProbed += pairs.length;
  return yield* run.guarded(source.operator, probe(pairs, table, source));
}

function* tableOf(run: TaskRun, { table, operator }: SourceOf<'probe'>): Sliced<ProbeTable> {
  const pairs = yield* run.records(table);
  return yield* run.guarded(operator, probeTable(pairs, operator));
}
