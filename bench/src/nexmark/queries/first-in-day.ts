import { type DStream, defineAggregate, minutes, type State, StateSpec, type Time } from '@millrace/core';
import type { Bid } from '../generator/events.ts';
import { dayOf } from './days.ts';
import { elements } from './elements.ts';
import { RANK_SETS, rankBit } from './ranks.ts';

/** Keys that had no data for so long have nothing that counts any more. */
const DAY = minutes(24 * 60);
const CHECK = minutes(60);

/** A day and the rank of a price as one number, small enough to be cheap. */
export function inDay({ dateTime, price }: Bid): number {
  return dayOf(dateTime) * RANK_SETS + rankBit(price);
}

/** The day of such a number. */
export function dayIn(code: number): number {
  return Math.floor(code / RANK_SETS);
}

/** The set of ranks of such a number. */
export function ranksIn(code: number): number {
  return code % RANK_SETS;
}

/**
 * For each key the ranks that it had not had in that day before, with the day: what different keys are counted by. The state has
 * the newest day of each key.
 * @param codes pairs of a key and `inDay`
 */
export function firstInDay(codes: DStream<[number, number]>, name: string): DStream<number> {
  const spec = StateSpec.function((_time: Time, _key: number, code: number | null, seen: State<number>) => {
    if (code === null) return null;
    const before = seen.getOption();
    const known = before !== null && dayIn(before) === dayIn(code) ? ranksIn(before) : 0;
    const news = ranksIn(code) & ~known;
    if (news === 0) return null;
    seen.update(code | known);
    return code - ranksIn(code) + news;
  }).timeout(DAY);
  return codes.reduceByKey((a, b) => a | b).mapWithState(spec, { name, timeoutCheckInterval: CHECK });
}

/** The sets of ranks that somebody has in each channel in a day. */
interface RanksOfChannels {
  day: number;
  readonly ranks: Map<string, number>;
}

/** The bids of a batch, which is of one day. */
const ranksOfChannels = defineAggregate<Bid, RanksOfChannels, RanksOfChannels>({
  name: 'ranksOfChannels',
  create: () => ({ day: 0, ranks: new Map() }),
  add(all, bid) {
    all.day = dayOf(bid.dateTime);
    addRanks(all.ranks, bid.channel, rankBit(bid.price));
    return all;
  },
  merge(a, b) {
    for (const [channel, set] of b.ranks) addRanks(a.ranks, channel, set);
    return { day: Math.max(a.day, b.day), ranks: a.ranks };
  },
  finish: (all) => all,
});

function addRanks(ranks: Map<string, number>, channel: string, set: number): void {
  const known = ranks.get(channel) ?? 0;
  if ((set & ~known) !== 0) ranks.set(channel, known | set);
}

/**
 * For each key and channel the ranks that it had not had there in that day before, with the channel. The state has the channels of
 * the newest day of each key.
 */
export function firstInChannel(bids: DStream<[number, Bid]>, name: string): DStream<[string, number]> {
  const spec = StateSpec.function(
    (_time: Time, _key: number, fresh: RanksOfChannels | null, seen: State<RanksOfChannels>) => {
      if (fresh === null) return null;
      const before = seen.getOption();
      if (before?.day !== fresh.day) {
        seen.update(fresh);
        return [...fresh.ranks];
      }
      const news: [string, number][] = [];
      for (const [channel, set] of fresh.ranks) {
        const more = set & ~(before.ranks.get(channel) ?? 0);
        if (more !== 0) news.push([channel, more]);
      }
      if (news.length === 0) return null;
      const ranks = new Map(before.ranks);
      for (const [channel, more] of news) addRanks(ranks, channel, more);
      seen.update({ day: fresh.day, ranks });
      return news;
    },
  ).timeout(DAY);
  return bids
    .aggregateByKey(ranksOfChannels)
    .mapWithState(spec, { name, timeoutCheckInterval: CHECK })
    .flatMap(elements);
}
