/** How a smallest interval is searched. All in whole ms, as both engines count them. */
export interface IntervalSearch {
  readonly least: number;
  readonly most: number;
  /** Where the search begins. */
  readonly from: number;
  /** It ends when what holds and what does not are so near to one another, as a ratio. */
  readonly precision?: number;
}

/** First steps away from where the search begins. */
const STEP = 1.5;
const PRECISION = 1.06;

/**
 * Searches the smallest interval that holds: steps down or up until one holds and a smaller one does not, then halves in between (of
 * their logarithms). Runs are noisy: an interval that fails is tried once more.
 *
 * @returns null where not even the greatest holds
 */
export async function smallestInterval(
  holds: (intervalMs: number) => Promise<boolean>,
  { least, most, from, precision = PRECISION }: IntervalSearch,
): Promise<number | null> {
  /** The smallest that has held, and the largest that has not; null as long as there is none. */
  let held: number | null = null;
  let failed: number | null = null;
  let interval = Math.min(most, Math.max(least, from));
  for (;;) {
    if ((await holds(interval)) || (await holds(interval))) held = interval;
    else failed = interval;
    if (held === null) {
      if (interval === most) return null;
      interval = Math.min(most, Math.ceil(interval * STEP));
    } else if (failed === null) {
      if (held === least) return held;
      interval = Math.max(least, Math.floor(interval / STEP));
    } else {
      if (held - failed <= 1 || held <= failed * precision) return held;
      interval = Math.min(held - 1, Math.max(failed + 1, Math.round(Math.sqrt(held * failed))));
    }
  }
}

/** The first interval of a ladder that holds; null where none does. Each is tried once more where it fails. */
export async function firstThatHolds(
  holds: (intervalMs: number) => Promise<boolean>,
  ladder: readonly number[],
): Promise<number | null> {
  for (const interval of ladder) if ((await holds(interval)) || (await holds(interval))) return interval;
  return null;
}
