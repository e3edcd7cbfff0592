/** Of a program that does not do as many in a second, nothing comes any more. */
const LEAST_PER_SECOND = 1000;
/** Until the first record comes. */
const START_MS = 60_000;

/**
 * Waits until a program has had all records.
 * @param complete resolves then
 * @param seen how many it has had
 * @throws Error that says how many came, after a limit
 */
export async function whenComplete(complete: Promise<void>, records: number, seen: () => number): Promise<void> {
  const limitMs = START_MS + (records * 1000) / LEAST_PER_SECOND;
  const over = Promise.withResolvers<never>();
  const limit = setTimeout(() => {
    over.reject(new Error(`${seen()} of ${records} records came in ${limitMs / 1000} s, and no more is waited for`));
  }, limitMs);
  try {
    await Promise.race([complete, over.promise]);
  } finally {
    clearTimeout(limit);
  }
}
