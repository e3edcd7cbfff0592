/** Whoever waits for the file's turn in this thread: the last of the line. */
const last = new Map<string, Promise<void>>();

/**
 * Waits until nobody else in this thread writes to a file. SQLite waits for other writers without giving the thread away: one
 * that belongs to the same thread would never go on.
 *
 * @returns how to pass the turn on
 */
export async function turnAt(file: string): Promise<() => void> {
  const before = last.get(file);
  const { promise, resolve } = Promise.withResolvers<void>();
  last.set(file, promise);
  await before;
  return () => {
    if (last.get(file) === promise) last.delete(file);
    resolve();
  };
}
