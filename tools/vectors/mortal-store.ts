import type { CheckpointStore } from '../../packages/core/src/index.ts';

/** A key of what is written. */
type Key = readonly (string | number)[];

/**
 * The store of a process that dies: as soon as it is about to write a certain entry, nothing is written any more. What is behind
 * it is what the next run finds.
 */
export function mortalStore(
  inner: CheckpointStore,
  diesAt: (key: Key) => boolean,
): CheckpointStore & { readonly broken: boolean; die(): void } {
  let broken = false;
  return {
    where: inner.where,
    open: () => inner.open(),
    get: (key) => inner.get(key),
    entries: (prefix, options) => inner.entries(prefix, options),
    stats: () => inner.stats(),
    close: () => inner.close(),
    get broken() {
      return broken;
    },
    die() {
      broken = true;
    },
    async write(changes) {
      if (changes.some((c) => c.kind === 'put' && diesAt(c.key))) broken = true;
      if (broken) throw new Error('the process has died');
      return inner.write(changes);
    },
  };
}
