import { average, type DStream, type State, StateSpec, seconds } from '@millrace/core';

/** What a sensor sends. */
export interface Reading {
  readonly sensor: string;
  readonly celsius: number;
}

/** Where the moving average of half a minute should be. */
const BAND = { low: 18, high: 24 };

/** A line when a sensor's moving average leaves the band, and one when it comes back. */
export function alerts(readings: DStream<Reading>): DStream<string> {
  const check = (sensor: string, celsius: number | null, outside: State<boolean>): string | null => {
    const now = celsius !== null && (celsius < BAND.low || celsius > BAND.high);
    const before = outside.getOption() ?? false;
    outside.update(now);
    if (now === before) return null;
    return `${sensor} ${now ? 'leaves the band' : 'is back'}: ${celsius?.toFixed(1)} °C on average`;
  };
  return readings
    .map(({ sensor, celsius }) => [sensor, celsius])
    .aggregateByKeyAndWindow(average(), seconds(30))
    .mapWithState(StateSpec.function(check))
    .filter((alert) => alert !== null);
}
