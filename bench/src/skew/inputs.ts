import { seededRandom } from '@millrace/bench';
import { type Flight, readAirports, readFlights } from '../data/flights.ts';
import { movingZipf } from '../data/moving-zipf.ts';
import { zipfRanks } from '../data/zipf.ts';
import type { Pairs } from './cell.ts';

const SEED = 1;

/** Pairs whose keys are drawn by Zipf's law. */
export function zipfPairs(records: number, keys: number, s: number): Pairs {
  const rank = zipfRanks(keys, s, SEED);
  return Array.from({ length: records }, (_, i) => [`user-${rank()}`, i]);
}

/** Pairs of which one key has so many, and others, drawn evenly, have the rest. */
export function oneKeyPairs(records: number, keys: number, share: number): Pairs {
  const random = seededRandom(SEED);
  const other = () => 1 + Math.floor(random() * (keys - 1));
  return Array.from({ length: records }, (_, i) => [`user-${random() < share ? 0 : other()}`, i]);
}

/** Batches whose keys are drawn by Zipf's law and are other ones after some of them. */
export function movingBatches(
  batches: number,
  { records, keys, s, shiftAfter }: Readonly<Record<'records' | 'keys' | 's' | 'shiftAfter', number>>,
): Pairs[] {
  const input = movingZipf({ keys, s, shiftAfter: shiftAfter * records, seed: SEED });
  return Array.from({ length: batches }, (_, batch) => [...input.records(batch * records, (batch + 1) * records)]);
}

/** Delays of flights by the airport where they begin; the data begins again at its end. */
export function flightPairs(records: number): Pairs {
  const flights = readFlights();
  return Array.from({ length: records }, (_, i) => {
    const { origin, delay } = flights[i % flights.length] as Flight;
    return [origin, delay];
  });
}

/** The airports that there are. */
export function airportCodes(): string[] {
  return readAirports().map(([code]) => code);
}
