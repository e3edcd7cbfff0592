import { defineJob, type State, StateSpec, seconds, type Time } from '@millrace/core';
import type { Auction, NexmarkEvent, Person } from '../generator/events.ts';
import { elements } from './elements.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { SellerRow } from './rows.ts';

const STATES = ['OR', 'ID', 'CA'];

/** What is known of a seller: who it is, that it lives elsewhere, or, until it registers, what it already sells. */
type Seller = Omit<SellerRow, 'id'> | 'elsewhere' | readonly number[];

/**
 * q3: who sells in category 10 and lives in Oregon, Idaho or California. Auctions may come before their seller: they wait until it
 * registers, wherever it lives, so that the state has an entry for each person and nothing that waits in vain.
 */
export default defineJob({ name: 'nexmark-q3', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function(
    (_time: Time, _id: number, event: Person | Auction | null, state: State<Seller>): SellerRow[] | null => {
      if (event === null) return null;
      const known = state.getOption();
      if (event.kind === 'auction') {
        if (known === 'elsewhere') return null;
        if (known !== null && 'name' in known) return [{ ...known, id: event.id }];
        state.update([...(known ?? []), event.id]);
        return null;
      }
      if (!STATES.includes(event.state)) {
        state.update('elsewhere');
        return null;
      }
      const seller = { name: event.name, city: event.city, state: event.state };
      state.update(seller);
      return Array.isArray(known) ? known.map((id: number) => ({ ...seller, id })) : null;
    },
  );
  const output = events
    .filter(isPersonOrInCategory)
    .map((event) => [event.kind === 'person' ? event.id : event.seller, event])
    .mapWithState(spec, { name: 'q3-sellers' })
    .flatMap(elements);
  return { queue, output };
});

function isPersonOrInCategory(event: NexmarkEvent): event is Person | Auction {
  return event.kind === 'person' || (event.kind === 'auction' && event.category === 10);
}
