import { error, fromErrorData, isMillraceError, MillraceError } from '../errors/index.ts';
import type { PlannedTask, Stage } from '../lineage/stage-graph.ts';
import type { Task, TaskOutput } from '../task/program.ts';
import type { SlotResult } from './slot-transport.ts';

/** A task of a graph that is to run, and how often it has failed so far. */
export interface Assignment {
  readonly stage: Stage;
  readonly index: number;
  readonly planned: PlannedTask;
  readonly failures: number;
}

/** An attempt at a task, and what came of it. */
export interface Attempt {
  readonly item: Assignment;
  readonly task: Task;
  readonly result: SlotResult;
  readonly slot: number;
  /** The slot's life in which it ran. */
  readonly epoch: number;
}

/** What an attempt has led to. */
export type Verdict =
  | { readonly kind: 'done'; readonly output: TaskOutput }
  /** The task is to be tried again. */
  | { readonly kind: 'again'; readonly item: Assignment }
  /** It has failed for good. */
  | { readonly kind: 'failed'; readonly error: Error };

/** A task that ran: where, and what it gave. */
export interface Done {
  readonly slot: number;
  readonly epoch: number;
  readonly key: string;
  readonly output: TaskOutput;
}

/** The error of a task that has failed for good: the user's own with where it happened, or that time was over. */
export function attemptFailure(
  item: Assignment,
  result: Extract<SlotResult, { ok: false }>,
  batchTime: number,
  taskTimeoutMs: number | null,
): Error {
  const operator = result.operator ?? operatorsOf(item);
  const { partition } = item.planned;
  if (result.stopped === true) return timeoutFailure(item, batchTime, taskTimeoutMs ?? 0);
  const cause = result.thrown instanceof Error ? result.thrown : fromErrorData(result.error);
  if (isMillraceError(cause)) {
    // An error of the engine keeps its code; where it happened is added.
    const where = ` (operator ${operator}, batch ${batchTime} ms, partition ${partition})`;
    const details = { operator, batchTime, partition, ...cause.details };
    return new MillraceError(cause.code, cause.message + where, { details, cause });
  }
  return error(
    'MR_TASK_FAILED',
    { operator, batchTime, partition, attempt: item.failures + 1, reason: cause.message.replace(/\.+$/, '') },
    { cause },
  );
}

/** @param before failures that the item itself does not know of */
export function timeoutFailure(item: Assignment, batchTime: number, timeoutMs: number, before = 0): Error {
  const { partition } = item.planned;
  const attempt = item.failures + before + 1;
  return error('MR_TASK_TIMEOUT', { operator: operatorsOf(item), batchTime, partition, attempt, timeoutMs });
}

/** Which functions a task was in is not known from outside: those of its stage. */
function operatorsOf({ stage }: Assignment): string {
  return stage.operators.join(', ');
}
