/** No key is in it. */
const NO_KEYS = new Set<unknown>([Symbol('no key')]);

/** With fewer keys all that a lookup touches is in the processor's cache anyway. */
const FAR = 16_384;

/** Counts into something that stays: a lookup whose result nobody uses is optimized away. */
const found = { keys: 0 };

/** Whether lookups in a map with so many keys wait for memory, so that looking ahead pays. */
export function isFar(size: number): boolean {
  return size >= FAR;
}

/**
 * Has V8 compute the hashes of strings, which it keeps with them, before they are looked up in a map that is large. A string
 * that was just decoded has none, and its first lookup calls out of compiled code for it: the processor sees the end of such
 * a call before it begins with the next key, so the misses of the cache come one after the other. Behind this, a loop of
 * nothing but lookups has those of several keys under way at once, and keys are found sooner.
 * @param size keys of the map
 */
export function hashAhead(size: number, keys: readonly unknown[], from: number, to: number): void {
  if (!isFar(size)) return;
  let count = 0;
  for (let i = from; i < to; i++) if (NO_KEYS.has(keys[i])) count += 1;
  found.keys += count;
}
