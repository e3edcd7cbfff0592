import { defineAggregate, defineJob, type State, StateSpec, seconds, type Time } from '@millrace/core';
import { type Bid, isBid } from '../generator/events.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { TopBidsRow } from './rows.ts';

const TOP = 10;

/** The highest bids, highest first; of equal ones the earlier first. */
const topBids = defineAggregate<Bid, Bid[], Bid[]>({
  name: 'topBids',
  create: () => [],
  add: addTo,
  merge: (a, b) => b.reduce(addTo, a),
  finish: (top) => top,
});

function addTo(top: Bid[], bid: Bid): Bid[] {
  if (top.length === TOP && (top[TOP - 1] as Bid).price >= bid.price) return top;
  let at = top.length;
  while (at > 0 && (top[at - 1] as Bid).price < bid.price) at--;
  if (top.length === TOP) top.pop();
  top.splice(at, 0, bid);
  return top;
}

/** q19: the 10 highest bids for each auction; a row whenever they have changed in a batch. */
export default defineJob({ name: 'nexmark-q19', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function(
    (_time: Time, auction: number, fresh: Bid[] | null, state: State<readonly Bid[]>): TopBidsRow | null => {
      const before = state.getOption() ?? [];
      const top = (fresh ?? []).reduce(addTo, [...before]);
      // All of a list that was full: none of the fresh ones is higher.
      if (top.length === before.length && top.every((bid, i) => bid === before[i])) return null;
      state.update(top);
      return { auction, bids: top.map(withoutAuction) };
    },
  );
  const output = events
    .filter(isBid)
    .map((bid) => [bid.auction, bid])
    .aggregateByKey(topBids)
    .mapWithState(spec, { name: 'q19-auctions' });
  return { queue, output };
});

function withoutAuction({ bidder, price, channel, url, dateTime, extra }: Bid): TopBidsRow['bids'][number] {
  return { bidder, price, channel, url, dateTime, extra };
}
