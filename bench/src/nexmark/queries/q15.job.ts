import { defineJob, type State, StateSpec, seconds } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { countCode, countsRow, dayCounts, PARTS, plusCounts } from './day-counts.ts';
import { dayOf, dayText } from './days.ts';
import { dayIn, firstInDay, inDay, ranksIn } from './first-in-day.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import { rankBit } from './ranks.ts';
import type { DayRow } from './rows.ts';

/** q15: how many bids a day has in each rank of price, and how many different bidders and auctions; the day's row after each batch. */
export default defineJob({ name: 'nexmark-q15', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function(
    (day: number, more: readonly number[] | null, state: State<readonly number[]>): DayRow => {
      const counts = plusCounts(state.getOption() ?? dayCounts.create(), more ?? dayCounts.create());
      state.update(counts);
      return { day: dayText(day), ...countsRow(counts) };
    },
  );
  const bids = events.filter(isBid);
  const bidders = firstInDay(
    bids.map((bid) => [bid.bidder, inDay(bid)]),
    'q15-bidders',
  );
  const auctions = firstInDay(
    bids.map((bid) => [bid.auction, inDay(bid)]),
    'q15-auctions',
  );
  const output = bids
    .map(({ dateTime, price }) => [dayOf(dateTime), countCode(PARTS.bids, rankBit(price))])
    .union(bidders.map((code) => [dayIn(code), countCode(PARTS.bidders, ranksIn(code))]))
    .union(auctions.map((code) => [dayIn(code), countCode(PARTS.auctions, ranksIn(code))]))
    .aggregateByKey(dayCounts)
    .mapWithState(spec, { name: 'q15-days' });
  return { queue, output };
});
