import { type DStream, defineJob, minutes, type State, StateSpec, seconds, type Time } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { countedAs, type DayCounts, plusCounts } from './day-counts.ts';
import { dayOf, dayText, minuteOf, minuteText } from './days.ts';
import { firstInDay, inDay, ranksIn } from './first-in-day.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import { rankBit } from './ranks.ts';
import type { ChannelDayRow } from './rows.ts';

/** What a channel has in its newest day. */
interface ChannelDay {
  readonly day: number;
  readonly minute: number;
  readonly counts: DayCounts;
}

/** q16: the same as q15 for each channel, with the minute of its last bid; rows of the channels of a batch. */
export default defineJob({ name: 'nexmark-q16', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const bids = events.filter(isBid);
  const byChannel = bids.map(({ channel, price }) => [channel, rankBit(price)]);
  const bidders = bids.map((bid) => [`${bid.bidder} ${bid.channel}`, inDay(dayOf(bid.dateTime), bid.price)]);
  const auctions = bids.map((bid) => [`${bid.auction} ${bid.channel}`, inDay(dayOf(bid.dateTime), bid.price)]);
  const lastTimes = bids.map(({ channel, dateTime }) => [channel, dateTime]).reduceByKey(Math.max);
  const spec = StateSpec.function(
    (
      _time: Time,
      channel: string,
      more: [DayCounts, number] | null,
      state: State<ChannelDay>,
    ): ChannelDayRow | null => {
      if (more === null) return null;
      const [fresh, last] = more;
      const day = dayOf(last);
      const before = state.getOption();
      const counts = before?.day === day ? plusCounts(before.counts, fresh) : fresh;
      const minute = minuteOf(last);
      state.update({ day, minute, counts });
      return { channel, day: dayText(day), minute: minuteText(minute), ...counts };
    },
  ).timeout(minutes(24 * 60));
  const output = countedAs('bids', byChannel)
    .union(countedAs('bidders', ofChannel(firstInDay(bidders, 'bidders'))))
    .union(countedAs('auctions', ofChannel(firstInDay(auctions, 'auctions'))))
    .reduceByKey(plusCounts)
    .join(lastTimes)
    .mapWithState(spec, { name: 'channels', timeoutCheckInterval: minutes(60) });
  return { queue, output };
});

/** Codes of keys that begin with a number and a blank, by the channel that follows. */
function ofChannel(codes: DStream<[string, number]>): DStream<[string, number]> {
  return codes.map(([key, code]) => [key.slice(key.indexOf(' ') + 1), ranksIn(code)]);
}
