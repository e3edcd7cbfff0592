/** What a look at some of a map task's pairs has shown. */
export interface CombineLook {
  /** Pairs that were looked at ... */
  readonly pairs: number;
  /** ... their keys, each counted once, ... */
  readonly distinct: number;
  /** ... those of the first half of the pairs, ... */
  readonly distinctInHalf: number;
  /** ... and the pairs of the key that has most of them. */
  readonly most: number;
  /** Pairs of the whole task, as far as it is known. */
  readonly expected: number;
}

/** With more of its pairs left than this, combining costs a task and its reducers more than it saves. */
const MOST_LEFT = 0.45;
/** The most frequent of some thousand even keys is met hardly ever more often, where each is met less than once on average. */
const MOST_OF_EVEN = 4;
/** How much is given on growth where keys are not even: as it fits keys drawn by Zipf's law, with s from 0.8 to 1.2. */
const GROWTH = 0.8;

/**
 * Whether a map task should combine values of a key before they move: where that leaves clearly fewer pairs. Depends on the pairs alone, so
 * that every backend and every attempt decides alike. A heavy key is no reason: the task finds it when it is done, and combines it alone.
 */
export function paysToCombine(look: CombineLook): boolean {
  return shareLeft(look) <= MOST_LEFT;
}

/**
 * Which share of the task's pairs combining would leave, about. Even keys are met again when most of them have been met; of others, as by
 * Zipf's law, new ones come on and on, while the frequent ones are met again from the beginning.
 */
export function shareLeft({ pairs, distinct, distinctInHalf, most, expected }: CombineLook): number {
  if (distinct === pairs || distinctInHalf === 0) return 1;
  const all = Math.max(pairs, expected);
  const kinds = kindsOf(pairs, distinct);
  const ifEven = seenOf(all, kinds) / all;
  if (most <= MOST_OF_EVEN * (1 + pairs / kinds)) return ifEven;
  // Keys grow as a power of the pairs, as they have from the first half of them to the whole; in the end somewhat less.
  const power = Math.min(1, Math.log2(distinct / distinctInHalf));
  const ifGrowing = (distinct * (all / pairs) ** power) / all;
  return ifGrowing ** GROWTH * ifEven ** (1 - GROWTH);
}

/** From how many keys one has drawn, if so many draws have met so many. */
function kindsOf(draws: number, met: number): number {
  let [low, high] = [met, draws * draws];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (seenOf(draws, middle) < met) low = middle;
    else high = middle;
  }
  return high;
}

/** How many of so many keys so many draws meet. */
function seenOf(draws: number, kinds: number): number {
  return kinds * (1 - Math.exp(-draws / kinds));
}
