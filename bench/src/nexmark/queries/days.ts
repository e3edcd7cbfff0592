const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The day that a time is in, counted from 1970 in UTC. A batch is of one day, since intervals divide days. */
export function dayOf(dateTime: number): number {
  return Math.floor(dateTime / DAY_MS);
}

/** The minute of the day that a time is in. */
export function minuteOf(dateTime: number): number {
  return Math.floor((dateTime % DAY_MS) / MINUTE_MS);
}

/** A day as yyyy-MM-dd. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** A minute of the day as HH:mm. */
export function minuteText(minute: number): string {
  return `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
}

function twoDigits(n: number): string {
  return n < 10 ? `0${n}` : `${n}`;
}
