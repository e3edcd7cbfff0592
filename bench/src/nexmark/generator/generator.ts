import { makeAuction } from './auction.ts';
import { type Channel, makeBid, makeChannels } from './bid.ts';
import { type NexmarkConfig, nexmarkConfig, SHUFFLE_STEP } from './config.ts';
import type { NexmarkEvent } from './events.ts';
import { PROPORTIONS } from './ids.ts';
import { makePerson } from './person.ts';
import { EventRandom } from './random.ts';
import { Padding } from './strings.ts';

/** Where numbers that belong to no event begin. */
const OF_PADDING = -1;
const OF_CHANNELS = -2;

/** What texts are taken from, the same for all events of a seed. */
interface Texts {
  readonly padding: Padding;
  readonly channels: readonly Channel[];
}

function makeTexts(random: EventRandom): Texts {
  random.begin(OF_PADDING);
  const padding = new Padding(random);
  random.begin(OF_CHANNELS);
  return { padding, channels: makeChannels(random) };
}

/**
 * Nexmark's events, each made from the seed and its id alone: any range of them, anywhere, in any order.
 *
 * Constants, proportions and ids are those of nexmark/nexmark (commit 6b3646c, `nexmark-flink/.../generator`), with the order in
 * which its random numbers are drawn. What differs on purpose:
 * - It draws from generators without a seed; here each event has its own numbers, of another generator.
 * - It adds FIRST_PERSON_ID to a bid's bidder twice, so that no bidder is a person; here once, as Beam does.
 * - Its long padding text is made of signed numbers, so that about half of it is not letters a to z; here all of it is.
 * - Its options that the events do not depend on (occasionalDelaySec, probDelayedEvent, the window sizes, the shape of the
 *   rate) are left out, and the proportions of kinds are constants.
 */
export class NexmarkGenerator {
  readonly config: NexmarkConfig;
  readonly #random: EventRandom;
  /** Made with the first event: those that only count events do without. */
  #texts: Texts | undefined;
  readonly #delayUs: number;
  /** Events until as many auctions have opened as are in flight. */
  readonly #eventsInFlight: number;

  /** @throws RangeError for options out of range */
  constructor(options: Partial<NexmarkConfig> = {}) {
    this.config = nexmarkConfig(options);
    this.#random = new EventRandom(this.config.seed);
    this.#delayUs = (1e6 / this.config.rate) * this.config.numGenerators;
    this.#eventsInFlight = Math.floor((this.config.numInFlightAuctions * PROPORTIONS.total) / PROPORTIONS.auction);
  }

  /** No auction lasts longer, in ms. */
  get longestAuctionMs(): number {
    const horizonMs = Math.ceil((this.#eventsInFlight * this.#delayUs) / 1000);
    return Math.max(2 * horizonMs, 1);
  }

  /** Event time of an event number if it is in order, in ms since 1970. */
  timestampOf(number: number): number {
    return this.config.baseTime + Math.floor(Math.floor(number * this.#delayUs) / 1000);
  }

  /** The smallest event number whose time is `ms` or later. */
  firstAt(ms: number): number {
    let number = Math.max(0, Math.floor(((ms - this.config.baseTime) * 1000) / this.#delayUs) - 1);
    while (this.timestampOf(number) < ms) number += 1;
    return number;
  }

  /** The event number that comes in place `place`, from 0: the place itself where events are in order. */
  numberAt(place: number): number {
    const group = this.config.outOfOrderGroupSize;
    return Math.floor(place / group) * group + ((place * SHUFFLE_STEP) % group);
  }

  /** No event in this place or a later one is of an earlier time, in ms since 1970. */
  watermarkAt(place: number): number {
    const group = this.config.outOfOrderGroupSize;
    return this.timestampOf(Math.floor(place / group) * group);
  }

  /** The event in a place, from 0. */
  eventAt(place: number): NexmarkEvent {
    const { config } = this;
    const number = this.numberAt(place);
    const id = config.firstEventId + number;
    const time = this.timestampOf(number);
    const random = this.#random;
    const { padding, channels } = (this.#texts ??= makeTexts(random));
    random.begin(id);
    const offset = id % PROPORTIONS.total;
    if (offset < PROPORTIONS.person) return makePerson(id, time, random, padding, config);
    if (offset < PROPORTIONS.person + PROPORTIONS.auction) {
      const horizonMs = this.timestampOf(number + this.#eventsInFlight) - time;
      return makeAuction(id, time, horizonMs, random, padding, config);
    }
    return makeBid(id, time, random, padding, channels, config);
  }

  /** The events in places from `from` to before `to`. */
  range(from: number, to: number): NexmarkEvent[] {
    const events: NexmarkEvent[] = [];
    for (let place = from; place < to; place++) events.push(this.eventAt(place));
    return events;
  }
}
