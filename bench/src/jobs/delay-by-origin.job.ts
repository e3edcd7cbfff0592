import { average, defineJob, milliseconds, type QueueEntry } from '@millrace/core';
import { type Flight, readAirports } from '../data/flights.ts';

/** Average delay by airport of origin over the last 5 batches, with what the table says of the airport. */
export default defineJob(
  { name: 'delay-by-origin', batchInterval: milliseconds(100) },
  (ssc, params: { readonly partitions: number }) => {
    const queue: QueueEntry<Flight>[] = [];
    const airports = ssc.broadcast('airports', () => new Map(readAirports()));
    const output = ssc
      .queueStream(queue, { numPartitions: params.partitions })
      .map((flight) => [flight.origin, flight.delay])
      .aggregateByKeyAndWindow(average(), milliseconds(500), milliseconds(100))
      .joinBroadcast(airports);
    return { queue, output };
  },
);
