import { type ActiveTask, enterTask } from './context.ts';
import type { Sliced } from './slices.ts';
import { type TaskStop, TaskStopped } from './task-stop.ts';

/**
 * Drives a task to its end in this thread: waits for the promises that it asks for, and between slices does what `pause`
 * says.
 * @param pause called after each slice; a promise is waited for. A worker has nothing else to do and gives none
 * @param stop asked between slices and while the task waits whether it is to end
 * @throws what the task throws; TaskStopped
 */
export function driveTask<T>(
  context: ActiveTask,
  work: Sliced<T>,
  pause?: () => Promise<void> | null,
  stop?: TaskStop,
): Promise<T> {
  return drive(context, work, null, pause, stop);
}

async function drive<T>(
  context: ActiveTask,
  work: Sliced<T>,
  first: { readonly reason: unknown } | null,
  pause?: () => Promise<void> | null,
  stop?: TaskStop,
): Promise<T> {
  let answer: unknown;
  let failure = first;
  for (;;) {
    enterTask(context);
    let step: IteratorResult<Promise<unknown> | undefined, T>;
    try {
      step = failure === null ? work.next(answer) : work.throw(failure.reason);
    } finally {
      enterTask(null);
    }
    failure = null;
    answer = undefined;
    if (step.done) return step.value;
    if (stop?.asked === true) {
      step.value?.catch(() => {});
      throw abandon(context, work);
    }
    if (step.value !== undefined) {
      try {
        answer = await (stop === undefined ? step.value : stop.race(step.value));
      } catch (reason) {
        if (reason instanceof TaskStopped) throw abandon(context, work);
        failure = { reason };
      }
    }
    const rest = pause?.() ?? null;
    if (rest !== null) await rest;
  }
}

/**
 * Ends a task where it stands. What it has open is closed, but not waited for: a reader that hangs would hang here, too.
 */
function abandon(context: ActiveTask, work: Sliced<unknown>): TaskStopped {
  const reason = new TaskStopped();
  drive(context, work, { reason }).catch(() => {});
  return reason;
}
