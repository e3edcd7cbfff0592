import { defineJob, milliseconds, type QueueEntry, type State, StateSpec } from '@millrace/core';
import type { Flight } from '../data/flights.ts';

/** What is known of an airport so far. */
export interface AirportTotals {
  readonly flights: number;
  readonly delay: number;
}

/** Flights and minutes of delay of each airport since the job began: all airports after each batch. */
export default defineJob(
  { name: 'airport-state', batchInterval: milliseconds(100) },
  (ssc, params: { readonly partitions: number }) => {
    const queue: QueueEntry<Flight>[] = [];
    const add = (_origin: string, delay: number | null, totals: State<AirportTotals>) => {
      const before = totals.getOption();
      totals.update(
        before === null
          ? { flights: 1, delay: delay ?? 0 }
          : { flights: before.flights + 1, delay: before.delay + (delay ?? 0) },
      );
    };
    const output = ssc
      .queueStream(queue, { numPartitions: params.partitions })
      .map((flight) => [flight.origin, flight.delay])
      .mapWithState(StateSpec.function(add))
      .stateSnapshots();
    return { queue, output };
  },
);
