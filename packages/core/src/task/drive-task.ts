import { type ActiveTask, enterTask } from './context.ts';
import type { Sliced } from './slices.ts';

/**
 * Drives a task to its end in this thread: waits for the promises that it asks for, and between slices does what `pause`
 * says.
 * @param pause called after each slice; a promise is waited for. A worker has nothing else to do and gives none
 */
export async function driveTask<T>(
  context: ActiveTask,
  work: Sliced<T>,
  pause?: () => Promise<void> | null,
): Promise<T> {
  let answer: unknown;
  let failure: { readonly reason: unknown } | null = null;
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
    if (step.value !== undefined) {
      try {
        answer = await step.value;
      } catch (reason) {
        failure = { reason };
      }
    }
    const rest = pause?.() ?? null;
    if (rest !== null) await rest;
  }
}
