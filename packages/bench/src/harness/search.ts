/** How a highest rate is searched. */
export interface SearchOptions {
  /** Where the search begins. */
  readonly from: number;
  /** It ends when what holds and what does not are so near to one another, as a ratio. */
  readonly precision?: number;
  /** Most tries. */
  readonly tries?: number;
}

/** First steps away from where the search begins. */
const STEP = 1.4;

/**
 * The highest rate that holds: steps up or down until one rate holds and a higher one does not, then halves in between (of their
 * logarithms). Runs are noisy: a rate that fails is tried twice.
 *
 * @returns 0 where none held
 */
export async function highestRate(
  holds: (rate: number) => Promise<boolean>,
  { from, precision = 1.05, tries = 14 }: SearchOptions,
): Promise<number> {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let rate = from;
  for (let i = 0; i < tries && high / Math.max(low, Number.MIN_VALUE) > precision; i++) {
    if ((await holds(rate)) || (await holds(rate))) low = rate;
    else high = rate;
    if (high === Number.POSITIVE_INFINITY) rate = low * STEP;
    else if (low === 0) rate = high / STEP;
    else rate = Math.sqrt(low * high);
  }
  return low;
}
