import { defineAggregate, defineJob, minutes, type State, StateSpec, seconds, type Time } from '@millrace/core';
import { type Bid, isBid } from '../generator/events.ts';
import { dayOf, dayText } from './days.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { AuctionDayRow } from './rows.ts';

/** What an auction has in its newest day. */
interface AuctionDay {
  day: number;
  rank1: number;
  rank2: number;
  rank3: number;
  min: number;
  max: number;
  sum: number;
}

/** The bids of a batch, which is of one day. */
const auctionDay = defineAggregate<Bid, AuctionDay, AuctionDay>({
  name: 'auctionDay',
  create: () => ({ day: 0, rank1: 0, rank2: 0, rank3: 0, min: Number.MAX_SAFE_INTEGER, max: 0, sum: 0 }),
  add(a, { price, dateTime }) {
    a.day = dayOf(dateTime);
    if (price < 10_000) a.rank1 += 1;
    else if (price < 1_000_000) a.rank2 += 1;
    else a.rank3 += 1;
    if (price < a.min) a.min = price;
    if (price > a.max) a.max = price;
    a.sum += price;
    return a;
  },
  merge: plus,
  finish: (a) => a,
});

function plus(a: AuctionDay, b: AuctionDay): AuctionDay {
  return {
    day: b.day,
    rank1: a.rank1 + b.rank1,
    rank2: a.rank2 + b.rank2,
    rank3: a.rank3 + b.rank3,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
  };
}

/** q17: the bids of each auction in a day; rows of the auctions of a batch. The state has the newest day of each auction. */
export default defineJob({ name: 'nexmark-q17', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function(
    (_time: Time, auction: number, fresh: AuctionDay | null, state: State<AuctionDay>): AuctionDayRow | null => {
      if (fresh === null) return null;
      const before = state.getOption();
      const all = before?.day === fresh.day ? plus(before, fresh) : fresh;
      state.update(all);
      return row(auction, all);
    },
  ).timeout(minutes(24 * 60));
  const output = events
    .filter(isBid)
    .map((bid) => [bid.auction, bid])
    .aggregateByKey(auctionDay)
    .mapWithState(spec, { name: 'q17-auctions', timeoutCheckInterval: minutes(60) });
  return { queue, output };
});

function row(auction: number, { day, rank1, rank2, rank3, min, max, sum }: AuctionDay): AuctionDayRow {
  const total = rank1 + rank2 + rank3;
  return {
    auction,
    day: dayText(day),
    bids: { total, rank1, rank2, rank3 },
    minPrice: min,
    maxPrice: max,
    avgPrice: Math.floor(sum / total),
    sumPrice: sum,
  };
}
