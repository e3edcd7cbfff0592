import type { Airport, Flight } from '../data/flights.ts';
import type { AirportTotals } from '../jobs/airport-state.job.ts';
import { topOf } from './text.ts';

type Totals = Map<string, { flights: number; delay: number }>;

/** Average delay by origin over the last `window` batches, joined with the airports. */
export function delayByOrigin(airports: ReadonlyMap<string, Airport>, window: number) {
  const totals: Totals = new Map();
  const panes: Totals[] = [];
  return (batch: readonly Flight[]): [string, [number, Airport]][] => {
    if (panes.length === window) {
      for (const [origin, { flights, delay }] of panes.shift()!) {
        const total = totals.get(origin)!;
        total.flights -= flights;
        total.delay -= delay;
        if (total.flights === 0) totals.delete(origin);
      }
    }
    const pane: Totals = new Map();
    for (const { origin, delay } of batch) addFlight(pane, origin, 1, delay);
    for (const [origin, { flights, delay }] of pane) addFlight(totals, origin, flights, delay);
    panes.push(pane);
    const out: [string, [number, Airport]][] = [];
    for (const [origin, { flights, delay }] of totals) {
      const airport = airports.get(origin);
      if (airport !== undefined) out.push([origin, [delay / flights, airport]]);
    }
    return out;
  };
}

/** The `k` routes with most flights in a batch; the result is one list. */
export function busiestRoutes(k: number) {
  return (batch: readonly Flight[]): [string, number][][] => {
    const counts = new Map<string, number>();
    for (const { origin, destination } of batch) {
      const route = `${origin}-${destination}`;
      counts.set(route, (counts.get(route) ?? 0) + 1);
    }
    return [topOf(counts, k)];
  };
}

/** Flights and minutes of delay of each airport so far, all of them after each batch. */
export function airportState() {
  const totals: Totals = new Map();
  return (batch: readonly Flight[]): [string, AirportTotals][] => {
    for (const { origin, delay } of batch) addFlight(totals, origin, 1, delay);
    const out: [string, AirportTotals][] = [];
    for (const [origin, { flights, delay }] of totals) out.push([origin, { flights, delay }]);
    return out;
  };
}

function addFlight(totals: Totals, origin: string, flights: number, delay: number): void {
  const total = totals.get(origin);
  if (total === undefined) {
    totals.set(origin, { flights, delay });
  } else {
    total.flights += flights;
    total.delay += delay;
  }
}
