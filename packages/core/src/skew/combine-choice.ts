/** What a map task has met since it began to combine. */
export interface CombineLook {
  /** How many pairs, ... */
  readonly pairs: number;
  /** ... and of how many keys. */
  readonly distinct: number;
  /** What the first pairs have shown. */
  readonly first: FirstPairs;
  /** How it was at the look before this one; null if this is the first. */
  readonly before: { readonly pairs: number; readonly distinct: number } | null;
  /** Pairs that it will have met in the end, as far as it is known. */
  readonly expected: number;
}

/** Pairs that were counted key by key. */
export interface FirstPairs {
  readonly pairs: number;
  readonly distinct: number;
  /** Keys that came once. */
  readonly once: number;
  /** Pairs of the key that has most of them. */
  readonly most: number;
}

/** With more of its pairs left than this, combining costs a task and its reducers more than it saves. */
const MOST_LEFT = 0.45;
/** With so many left it does not pay for sure, whatever more pairs would show. */
const TOO_MANY_LEFT = 0.7;
/** Where fewer even keys than this would come as often as the most frequent one has, they are not even. */
const CHANCE = 0.02;
/** So many times the keys that are expected of even ones are not chance. */
const NEW_OF_EVEN = 1.5;
/** The least that is taken to come, as a part of what came. */
const LEAST_AHEAD = 1.25;
const MOST_STEPS = 20;
/** How much is given on growth where keys are not even: as it fits keys drawn by Zipf's law, with s from 0.8 to 1.2. */
const GROWTH = 0.8;

/**
 * Whether a map task should combine values of a key before they move: where that leaves clearly fewer pairs. Depends on the pairs alone, so
 * that every backend and every attempt decides alike. A heavy key is no reason: the task finds it when it is done, and combines it alone.
 */
export function paysToCombine(look: CombineLook): boolean {
  return shareLeft(look) <= MOST_LEFT;
}

/** Whether it will not for sure, though few pairs have been met so far. */
export function cannotPay(look: CombineLook): boolean {
  return shareLeft(look) >= TOO_MANY_LEFT;
}

/**
 * Which share of the pairs that are to come combining would leave, about: those whose key is a new one. Even keys are met again when most of them
 * have been met; of others, as by Zipf's law, new ones come on and on, while the frequent ones are met again from the beginning.
 */
export function shareLeft(look: CombineLook): number {
  const { pairs, distinct, expected } = look;
  if (distinct === pairs) return 1;
  // Where nobody expects any more, a few more say as much.
  const all = Math.max(pairs * LEAST_AHEAD, expected);
  return Math.max(0, Math.min(1, (keysOf(all, look) - distinct) / (all - pairs)));
}

/** How many keys so many pairs will have, if they go on as they have begun. */
function keysOf(all: number, look: CombineLook): number {
  const { pairs, distinct } = look;
  const ifEven = seenOf(all, kindsOf(pairs, distinct));
  if (areEven(look)) return ifEven;
  const ifGrowing = distinct * (all / pairs) ** growthOf(look);
  // Of the first pairs it is a guess, and in the end they grow somewhat less; later it is what was seen.
  return look.before === null ? ifGrowing ** GROWTH * ifEven ** (1 - GROWTH) : ifGrowing;
}

/** Whether no key is met more often than even ones would be, and no more new ones have come since than there could be of these. */
function areEven({ pairs, distinct, first, before }: CombineLook): boolean {
  const kinds = kindsOf(first.pairs, first.distinct);
  if (kinds === Number.POSITIVE_INFINITY) return before === null;
  if (kinds * atLeast(first.most, first.pairs / kinds) < CHANCE) return false;
  return before === null || distinct <= NEW_OF_EVEN * seenOf(pairs, kindsOf(before.pairs, before.distinct));
}

/**
 * As which power of the pairs keys grow: as they have since the look before. At the first one, the next pair has a new key about as often as pairs
 * so far have keys that came once (Good and Turing).
 */
function growthOf({ pairs, distinct, first, before }: CombineLook): number {
  if (before === null) return first.once / first.distinct;
  return Math.log(distinct / before.distinct) / Math.log(pairs / before.pairs);
}

/** How likely something that happens so often on average happens at least so many times (Poisson). */
function atLeast(times: number, average: number): number {
  let log = -average;
  for (let n = 1; n <= times; n++) log += Math.log(average / n);
  let term = Math.exp(log);
  let sum = 0;
  for (let n = times + 1; term > sum * 1e-6; n++) {
    sum += term;
    term *= average / n;
  }
  return sum;
}

/** From how many even keys one has drawn, if so many draws have met so many. */
function kindsOf(draws: number, met: number): number {
  if (met >= draws) return Number.POSITIVE_INFINITY;
  const share = met / draws;
  // Newton's method for the draws of each key, from below: the share of draws that meet a new one is convex in them.
  let each = Math.max(2 * (1 - share), 1 / share - 1);
  for (let step = 0; step < MOST_STEPS; step++) {
    const missed = Math.exp(-each);
    const more = ((1 - missed) / each - share) / ((1 - missed * (each + 1)) / each ** 2);
    each += more;
    if (more < each * 1e-6) break;
  }
  return draws / each;
}

/** How many of so many keys so many draws meet. */
function seenOf(draws: number, kinds: number): number {
  if (kinds === Number.POSITIVE_INFINITY) return draws;
  return kinds * (1 - Math.exp(-draws / kinds));
}
