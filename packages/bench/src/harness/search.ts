/** How a highest rate is searched. */
export interface SearchOptions {
  /** Where the search begins. */
  readonly from: number;
  /** It ends when what holds and what does not are so near to one another, as a ratio. */
  readonly precision?: number;
  /** Most rates that are tried. */
  readonly tries?: number;
}

/** Between these the highest rate is. */
export interface Bracket {
  /** The highest rate that held; 0 where none did. */
  readonly holds: number;
  /** The lowest that did not; infinite where all did. */
  readonly fails: number;
}

/** The first step away from where the search begins; each that follows in the same direction is twice as far, on a scale of logarithms. */
const STEP = 1.3;

/**
 * Searches the highest rate that holds: steps up or down until one rate holds and a higher one does not, then halves in between
 * (of their logarithms). Runs are noisy: a rate that fails is tried once more.
 */
export async function highestRate(
  holds: (rate: number) => Promise<boolean>,
  { from, precision = 1.08, tries = 12 }: SearchOptions,
): Promise<Bracket> {
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let rate = from;
  let step = STEP;
  for (let i = 0; i < tries && high / Math.max(low, Number.MIN_VALUE) > precision; i++) {
    if ((await holds(rate)) || (await holds(rate))) low = rate;
    else high = rate;
    if (high === Number.POSITIVE_INFINITY) rate = low * step;
    else if (low === 0) rate = high / step;
    else rate = Math.sqrt(low * high);
    step *= step;
  }
  return { holds: low, fails: high };
}
