import { type DStream, defineJob, type State, StateSpec, seconds } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { countedAs, type DayCounts, plusCounts } from './day-counts.ts';
import { dayOf, dayText } from './days.ts';
import { dayIn, firstInDay, inDay, ranksIn } from './first-in-day.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import { rankBit } from './ranks.ts';
import type { DayRow } from './rows.ts';

/** q15: how many bids a day has in each rank of price, and how many different bidders and auctions; the day's row after each batch. */
export default defineJob({ name: 'nexmark-q15', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const bids = events.filter(isBid);
  const byDay = bids.map(({ dateTime, price }) => [dayOf(dateTime), rankBit(price)]);
  const bidders = bids.map(({ bidder, dateTime, price }) => [bidder, inDay(dayOf(dateTime), price)]);
  const auctions = bids.map(({ auction, dateTime, price }) => [auction, inDay(dayOf(dateTime), price)]);
  const spec = StateSpec.function((day: number, more: DayCounts | null, state: State<DayCounts>): DayRow => {
    const counts = plusCounts(state.getOption(), more);
    state.update(counts);
    return { day: dayText(day), ...counts };
  });
  const output = countedAs('bids', byDay)
    .union(countedAs('bidders', ofDay(firstInDay(bidders, 'bidders'))))
    .union(countedAs('auctions', ofDay(firstInDay(auctions, 'auctions'))))
    .reduceByKey(plusCounts)
    .mapWithState(spec, { name: 'days' });
  return { queue, output };
});

function ofDay(codes: DStream<[number, number]>): DStream<[number, number]> {
  return codes.map(([, code]) => [dayIn(code), ranksIn(code)]);
}
