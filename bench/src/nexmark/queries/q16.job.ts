import { defineJob, minutes, type State, StateSpec, seconds, type Time } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { countCode, countsRow, dayCounts, minuteIn, PARTS, plusCounts } from './day-counts.ts';
import { dayOf, dayText, minuteOf, minuteText } from './days.ts';
import { firstInChannel } from './first-in-day.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import { rankBit } from './ranks.ts';
import type { ChannelDayRow } from './rows.ts';

/** What a channel has in its newest day. */
interface ChannelDay {
  readonly day: number;
  readonly text: string;
  readonly counts: readonly number[];
}

/** q16: the same as q15 for each channel, with the minute of its last bid; rows of the channels of a batch. */
export default defineJob({ name: 'nexmark-q16', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function(
    (
      { milliseconds }: Time,
      channel: string,
      more: readonly number[] | null,
      state: State<ChannelDay>,
    ): ChannelDayRow | null => {
      if (more === null) return null;
      const before = state.getOption();
      // The batch ends with its time, which may be the first of the next day.
      const day = dayOf(milliseconds - 1);
      const goesOn = before !== null && before.day === day;
      const counts = goesOn ? plusCounts(before.counts, more) : more;
      const text = goesOn ? before.text : dayText(day);
      state.update({ day, text, counts });
      return { channel, day: text, minute: minuteText(minuteIn(counts)), ...countsRow(counts) };
    },
  ).timeout(minutes(24 * 60));
  const bids = events.filter(isBid);
  const bidders = firstInChannel(
    bids.map((bid) => [bid.bidder, bid]),
    'q16-bidders',
  );
  const auctions = firstInChannel(
    bids.map((bid) => [bid.auction, bid]),
    'q16-auctions',
  );
  const output = bids
    .map((bid) => [bid.channel, countCode(PARTS.bids, rankBit(bid.price), minuteOf(bid.dateTime))])
    .union(bidders.map(([channel, ranks]) => [channel, countCode(PARTS.bidders, ranks)]))
    .union(auctions.map(([channel, ranks]) => [channel, countCode(PARTS.auctions, ranks)]))
    .aggregateByKey(dayCounts)
    .mapWithState(spec, { name: 'q16-channels', timeoutCheckInterval: minutes(60) });
  return { queue, output };
});
