import type { BucketMoves } from '../data/bucket-table.ts';
import { sidesOf } from './join-sources.ts';
import type { SourceOf } from './program.ts';
import type { Sliced } from './slices.ts';
import type { TaskRun } from './task-run.ts';

/*
 * What a task reads of keyed state, which lies in the slot that runs it.
 */

/** What a stateful node gives for a batch, when it has changed its state. */
export function* stateAfter(run: TaskRun, source: SourceOf<'state'>): Sliced<readonly unknown[]> {
  const { args, partition } = run.task;
  const argument = args[source.action];
  if (argument.kind !== 'action') throw new TypeError('a state source needs an action argument');
  const sides = yield* sidesOf(run, source.sides);
  const initial = source.initial === null ? null : yield* run.columns(source.initial);
  const arriving = source.arriving === null ? null : yield* run.columns(source.arriving);
  return yield* run.guarded(
    source.node,
    run.host.applyState(source.node, partition, argument.action, sides, { initial, arriving }),
  );
}

/** All `[key, state]` as a batch finds them. */
export function stateBefore(run: TaskRun, source: SourceOf<'stateBefore'>): readonly unknown[] {
  const base = run.task.args[source.base];
  if (base.kind !== 'value') throw new TypeError('state before a batch needs that batch');
  return run.host.stateBefore(source.node, run.task.partition, base.value as number | null);
}

/** State of the keys that are to lie elsewhere. */
export function stateLeaving(run: TaskRun, source: SourceOf<'stateLeaving'>): Sliced<readonly unknown[]> {
  const { args, partition } = run.task;
  const [base, moves] = [args[source.base], args[source.moves]];
  if (base.kind !== 'value' || moves.kind !== 'value') throw new TypeError('state that leaves needs to know where');
  return run.host.stateLeaving(source.node, partition, base.value as number, moves.value as BucketMoves);
}
