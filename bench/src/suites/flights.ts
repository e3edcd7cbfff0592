import {
  type Contender,
  engineContenders,
  loopContender,
  race,
  type Suite,
  type SuiteContext,
  type SuiteResult,
  throughputRows,
} from '@millrace/bench';
import { backends } from '../contenders.ts';
import { flightBatches, readAirports, readFlights } from '../data/flights.ts';
import * as floors from '../floors/flights.ts';

/** Partitions of a batch, for all contenders. */
const PARTITIONS = 2;
const RECORDS = 200_000;

/** Batches of 20,000 flights; each begins somewhere else in the data. */
function makeBatches() {
  const batches = flightBatches(readFlights(), 0, 13, Math.ceil(RECORDS / 13));
  return { batches: () => batches, records: batches.length * batches[0]!.length };
}

async function runFlights(
  suite: string,
  contenders: readonly Contender[],
  records: number,
  context: SuiteContext,
): Promise<SuiteResult> {
  return { rows: throughputRows(suite, await race(contenders, context), records), ratios: {} };
}

const delayByOrigin: Suite = {
  id: 'flight-delays',
  title: 'Average delay by origin, sliding window, joined with the airports',
  group: 'Flights',
  about:
    '200,000 flights as records, 13 batches; the mean delay by origin over 5 batches, joined with a broadcast table.',
  async run(context) {
    const { batches, records } = makeBatches();
    const job = new URL('../jobs/delay-by-origin.job.ts', import.meta.url);
    const airports = new Map(readAirports());
    const contenders = [
      loopContender({ loop: () => floors.delayByOrigin(airports, 5), batches }),
      ...engineContenders({ job, params: { partitions: PARTITIONS }, batches }, backends()),
    ];
    return runFlights(this.id, contenders, records, context);
  },
};

const busiestRoutes: Suite = {
  id: 'flight-routes',
  title: 'Busiest routes',
  group: 'Flights',
  about: '200,000 flights as records, 13 batches; the 10 routes with most flights of each batch.',
  async run(context) {
    const { batches, records } = makeBatches();
    const job = new URL('../jobs/busiest-routes.job.ts', import.meta.url);
    const contenders = [
      loopContender({ loop: () => floors.busiestRoutes(10), batches }),
      ...engineContenders({ job, params: { partitions: PARTITIONS }, batches }, backends()),
    ];
    return runFlights(this.id, contenders, records, context);
  },
};

const airportState: Suite = {
  id: 'flight-state',
  title: 'Running state of each airport',
  group: 'Flights',
  about:
    '200,000 flights as records, 13 batches; mapWithState keeps flights and delay of each airport, all are delivered.',
  async run(context) {
    const { batches, records } = makeBatches();
    const job = new URL('../jobs/airport-state.job.ts', import.meta.url);
    const contenders = [
      loopContender({ loop: floors.airportState, batches }),
      ...engineContenders({ job, params: { partitions: PARTITIONS }, batches }, backends()),
    ];
    return runFlights(this.id, contenders, records, context);
  },
};

/** Workloads on real flights. */
export const flightSuites: readonly Suite[] = [delayByOrigin, busiestRoutes, airportState];
