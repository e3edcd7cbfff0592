import { type DStream, minutes, type State, StateSpec } from '@millrace/core';

/** A payment with a card, and where the shop is. */
export interface Payment {
  readonly card: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly cents: number;
  readonly city: string;
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
}

/** More payments of a card than this in five minutes are too many. */
const MAX_PAYMENTS = 3;
/** Faster than an airliner. */
const MAX_KM_PER_HOUR = 1000;
const EARTH_RADIUS_KM = 6371;

/** Velocity: cards with too many payments in a sliding window. */
export function tooMany(payments: DStream<Payment>): DStream<string> {
  return payments
    .map(({ card, cents }) => [card, { n: 1, cents }])
    .reduceByKeyAndWindow((a, b) => ({ n: a.n + b.n, cents: a.cents + b.cents }), minutes(5), minutes(1))
    .filter(([, { n }]) => n > MAX_PAYMENTS)
    .map(([card, { n, cents }]) => `${card}: ${n} payments in five minutes, ${(cents / 100).toFixed(2)} in all`);
}

/** Impossible travel: two payments of a card that nobody could make one after the other. The last one of each card is state. */
export function impossibleTravel(payments: DStream<Payment>): DStream<string> {
  const check = (card: string, payment: Payment | null, last: State<Payment>): string | null => {
    // The call without a payment: the card has not been used for long, and is forgotten.
    if (payment === null) return null;
    const before = last.getOption();
    // Payments may arrive late; what counts is when they were made.
    if (before === null || before.at <= payment.at) last.update(payment);
    if (before === null) return null;
    const km = distance(before, payment);
    const hours = Math.abs(payment.at - before.at) / 3_600_000;
    if (km <= MAX_KM_PER_HOUR * hours || before.city === payment.city) return null;
    return `${card}: ${before.city} and ${payment.city}, ${Math.round(km)} km in ${Math.round(hours * 60)} minutes`;
  };
  return payments
    .map((payment) => [payment.card, payment])
    .mapWithState(StateSpec.function(check).timeout(minutes(24 * 60)))
    .filter((alert) => alert !== null);
}

/** Kilometres on a sphere. */
function distance(a: Payment, b: Payment): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (x: number) => Math.sin(radians(x) / 2) ** 2;
  const h =
    half(b.latitude - a.latitude) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(b.longitude - a.longitude);
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(h));
}
