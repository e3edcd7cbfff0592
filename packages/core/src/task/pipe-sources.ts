import { spread } from './checks.ts';
import { type Columns, pairsFrom } from './columns.ts';
import { cartesian, cogrouped, probed } from './join-sources.ts';
import { OperatorFailure } from './operator-failure.ts';
import type { PartitionContext } from './partition-context.ts';
import { Pieces } from './pieces.ts';
import type { Pipe, PipeSource, SourceOf } from './program.ts';
import { mergeBuckets } from './shuffle-read.ts';
import { shuffledPairs, shuffledRecords } from './shuffle-source.ts';
import type { Sliced } from './slices.ts';
import { Later } from './slot-services.ts';
import { stateAfter, stateBefore, stateLeaving } from './state-sources.ts';
import type { TaskRun } from './task-run.ts';

/*
 * What each kind of source gives to the steps of its pipe. What comes out of a shuffle, of two sides and of a state is in files of its own.
 */

/** All records of a source as an array, which the caller may not change. */
export function* sourceRecords(run: TaskRun, source: PipeSource): Sliced<readonly unknown[]> {
  switch (source.kind) {
    case 'input':
      return yield* gathered(run, source);
    case 'shuffle':
      return source.mode === 'pairs' ? pairsFrom(yield* shuffledPairs(run, source)) : shuffledRecords(run, source);
    case 'fragments':
    case 'residues':
      throw new TypeError(`${source.kind} are read by their sink`);
    case 'partitions':
      return yield* wholePartition(run, source);
    case 'fold':
      return yield* folded(run, source);
    case 'aggregate':
    case 'group':
      return pairsFrom([yield* byKey(run, source)]);
    case 'concat':
      return yield* concatenated(run, source);
    case 'cogroup':
      return yield* cogrouped(run, source);
    case 'cartesian':
      return yield* cartesian(run, source);
    case 'probe':
      return yield* probed(run, source);
    case 'state':
      return yield* stateAfter(run, source);
    case 'stateBefore':
      return stateBefore(run, source);
    case 'stateLeaving':
      return yield* stateLeaving(run, source);
    case 'snapshot':
      yield* run.records(source.from);
      return run.host.snapshotState(source.node, run.task.partition);
  }
}

/** Pairs of a source that has them as columns, in pieces; null for all others. */
export function sourceColumns(run: TaskRun, source: PipeSource): Sliced<readonly Columns[]> | null {
  switch (source.kind) {
    case 'shuffle':
      return source.mode === 'pairs' ? filledPieces(shuffledPairs(run, source)) : null;
    case 'aggregate':
    case 'group':
      return onePiece(byKey(run, source));
    default:
      return null;
  }
}

function* filledPieces(pieces: Sliced<readonly Columns[]>): Sliced<readonly Columns[]> {
  return (yield* pieces).filter((c) => c.keys.length > 0);
}

function* onePiece(piece: Sliced<Columns>): Sliced<readonly Columns[]> {
  return [yield* piece];
}

/** All pieces of an input in one array. */
function* gathered(run: TaskRun, source: SourceOf<'input'>): Sliced<readonly unknown[]> {
  const input = yield* run.readInput(source.input);
  if (!(input instanceof Pieces)) return input;
  const records = yield* input.gather();
  run.recordsRead += records.length;
  return records;
}

function* concatenated(run: TaskRun, source: SourceOf<'concat'>): Sliced<readonly unknown[]> {
  const out: unknown[] = [];
  for (const from of source.from) {
    const records = yield* run.records(from);
    for (let i = 0; i < records.length; i++) out.push(records[i]);
  }
  return out;
}

function* folded(run: TaskRun, source: SourceOf<'fold'>): Sliced<readonly unknown[]> {
  const known = source.add === '!increment' ? knownCount(run, source.from) : null;
  if (known !== null) return [known];
  const names = [source.add];
  const create = source.create === null ? null : run.resolve(source.create);
  const state = yield* run.into(source.from, { kind: 'fold' }, source.operator, names, {
    accumulator: create === null ? undefined : create(),
    filled: create !== null,
  });
  return state.filled ? [state.accumulator] : [];
}

/** How many records a pipe has, where its input says so: sealed records need not be decoded to be counted. */
function knownCount(run: TaskRun, { source, steps }: Pipe): number | null {
  const input = source.kind === 'input' && steps.length === 0 ? run.task.inputs[source.input] : null;
  if (input?.kind !== 'blocks') return null;
  let sum = 0;
  for (const { count } of input.blocks) {
    if (count < 0) return null;
    sum += count;
  }
  run.recordsRead += sum;
  return sum;
}

/** Pairs that lie where they belong, one for each key. */
function byKey(run: TaskRun, source: SourceOf<'aggregate' | 'group'>): Sliced<Columns> {
  return source.kind === 'group' || source.merged ? together(run, source) : combined(run, source);
}

/** Lists of a key's values, or its accumulators, put together. */
function* together(run: TaskRun, source: SourceOf<'aggregate' | 'group'>): Sliced<Columns> {
  const columns = yield* run.columns(source.from);
  if (source.kind === 'group') return yield* mergeBuckets(columns, 'group', null);
  return yield* run.guarded(
    source.operator,
    mergeBuckets(columns, 'accumulators', run.aggregator(source.aggregator, source.operator)),
  );
}

/** Accumulators of a pipe's pairs by key. */
function* combined(run: TaskRun, { from, aggregator, operator }: SourceOf<'aggregate'>): Sliced<Columns> {
  const names = aggregator.create === null ? [aggregator.add] : [aggregator.add, aggregator.create];
  const sink = { kind: 'aggregate', create: aggregator.create !== null, counts: false } as const;
  const [keys, values] = [[], []];
  yield* run.into(from, sink, operator, names, { places: new Map(), keys: [keys], values: [values] });
  return { keys, values, unique: true };
}

/** What a function makes of all records of a partition. */
function* wholePartition(run: TaskRun, source: SourceOf<'partitions'>): Sliced<readonly unknown[]> {
  const records = yield* run.records(source.from);
  const argument = run.task.args[source.context];
  if (argument.kind !== 'partitions') throw new TypeError('a partitions source needs a partitions argument');
  const { partition, time, seed, parameter, decision } = argument;
  const { operator } = source;
  const context: PartitionContext = { partition, time, seed, parameter, decision, operator, services: run.services };
  try {
    const result = run.resolve(source.fn)(records, context);
    if (result instanceof Later) return yield* awaited(result);
    return Array.isArray(result) ? result : spread(result, operator);
  } catch (e) {
    throw e instanceof OperatorFailure ? e : new OperatorFailure(operator, e);
  }
}

function* awaited(later: Later): Sliced<readonly unknown[]> {
  try {
    return (yield later.records) as readonly unknown[];
  } catch (e) {
    later.giveUp(e);
    throw e;
  }
}
