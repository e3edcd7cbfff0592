/** What a look at some of a map task's pairs has shown. */
export interface CombineLook {
  /** Pairs that were looked at ... */
  readonly pairs: number;
  /** ... their keys, each counted once, ... */
  readonly distinct: number;
  /** ... and the pairs of the key that has most of them. */
  readonly most: number;
  /** Pairs of the whole task, as far as it is known. */
  readonly expected: number;
  readonly reducers: number;
}

/** With more of its pairs left than this, combining costs a task and its reducers more than it saves. */
const MOST_LEFT = 0.45;
/** A key with this part of a partition's even share would make that partition a quarter larger than the others. */
const HEAVY_PART = 1 / 4;
/** Fewer sightings are chance. */
const LEAST_SEEN = 8;

/**
 * Whether a map task should combine values of a key before they move: where that leaves clearly fewer pairs, or where a key is heavy enough
 * to trouble its reducer. Depends on the pairs alone, so that every backend and every attempt decides alike.
 */
export function paysToCombine(look: CombineLook): boolean {
  const { pairs, most, reducers } = look;
  if (most >= LEAST_SEEN && most > (pairs * HEAVY_PART) / reducers) return true;
  return shareLeft(look) <= MOST_LEFT;
}

/** Which share of the task's pairs combining would leave, if its keys were drawn evenly; of other keys it leaves less. */
export function shareLeft({ pairs, distinct, expected }: Omit<CombineLook, 'most' | 'reducers'>): number {
  const kinds = kindsOf(pairs, distinct);
  const all = Math.max(pairs, expected);
  return Number.isFinite(kinds) ? seenOf(all, kinds) / all : 1;
}

/** From how many keys one has drawn, if so many draws have met so many. */
function kindsOf(draws: number, met: number): number {
  if (met >= draws) return Number.POSITIVE_INFINITY;
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
