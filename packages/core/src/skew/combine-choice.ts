/** What a look at some of a map task's pairs has shown. */
export interface CombineLook {
  /** Pairs that were looked at ... */
  readonly pairs: number;
  /** ... their keys, each counted once, ... */
  readonly distinct: number;
  /** ... and those of the first half of the pairs. */
  readonly distinctInHalf: number;
  /** Pairs of the whole task, as far as it is known. */
  readonly expected: number;
}

/** With more of its pairs left than this, combining costs a task and its reducers more than it saves. */
const MOST_LEFT = 0.45;

/**
 * Whether a map task should combine values of a key before they move: where that leaves clearly fewer pairs. Depends on the pairs alone, so
 * that every backend and every attempt decides alike. A heavy key is no reason: the task finds it when it is done, and combines it alone.
 */
export function paysToCombine(look: CombineLook): boolean {
  return shareLeft(look) <= MOST_LEFT;
}

/**
 * Which share of the task's pairs combining would leave, about. If keys were drawn evenly, few would be left; if new ones come on and on, as by
 * Zipf's law, many: it is taken to lie between.
 */
export function shareLeft(look: CombineLook): number {
  return Math.sqrt(leftOfEven(look) * leftOfGrowing(look));
}

function leftOfEven({ pairs, distinct, expected }: CombineLook): number {
  const kinds = kindsOf(pairs, distinct);
  const all = Math.max(pairs, expected);
  return Number.isFinite(kinds) ? seenOf(all, kinds) / all : 1;
}

/** Keys grow as a power of the pairs, as they have from the first half of them to the whole. */
function leftOfGrowing({ pairs, distinct, distinctInHalf, expected }: CombineLook): number {
  if (pairs === 0 || distinctInHalf === 0) return 1;
  const power = Math.min(1, Math.log2(distinct / distinctInHalf));
  const all = Math.max(pairs, expected);
  return (distinct * (all / pairs) ** power) / all;
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
