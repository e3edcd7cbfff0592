/**
 * A task that is made when it is first called: every suite's process loads all suites, and what V8 learns of the engine's
 * code while a task is made is not for others.
 */
export function lazily<T>(make: () => () => T): () => T {
  let task: (() => T) | null = null;
  return () => {
    task ??= make();
    return task();
  };
}
