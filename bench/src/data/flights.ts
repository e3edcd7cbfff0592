import { readFileSync } from 'node:fs';

/** A flight, as `vega-datasets` has it. */
export interface Flight {
  /** `2001/01/01 00:47` */
  readonly date: string;
  /** Minutes. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  /** IATA codes. */
  readonly origin: string;
  readonly destination: string;
}

/** Where an airport is. */
export interface Airport {
  readonly name: string;
  readonly city: string;
  readonly state: string;
}

/** 20,000 flights between airports of the United States in 2001, unevenly spread over the airports, by date. */
export function readFlights(): Flight[] {
  return JSON.parse(readDataset('flights-20k.json')) as Flight[];
}

/** `[IATA code, airport]` of all airports. */
export function readAirports(): [string, Airport][] {
  const [, ...rows] = readDataset('airports.csv').trim().split('\n').map(csvFields);
  return rows.map(([iata, name, city, state]) => [iata!, { name: name!, city: city!, state: state! }]);
}

/** Batches of flights; the data begins again at its end, so that batches differ. */
export function flightBatches(flights: readonly Flight[], from: number, batches: number, size: number): Flight[][] {
  return Array.from({ length: batches }, (_, b) =>
    Array.from({ length: size }, (_, i) => flights[(from + b * size + i) % flights.length]!),
  );
}

function readDataset(name: string): string {
  return readFileSync(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')), 'utf8');
}

/** Fields of a line of CSV; quoted ones may hold commas and doubled quotes. */
function csvFields(line: string): string[] {
  return [...line.trimEnd().matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
  );
}
