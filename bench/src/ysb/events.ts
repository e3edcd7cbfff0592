import { EventRandom } from '../nexmark/generator/random.ts';

/*
 * The events of the Yahoo Streaming Benchmark, as `make-kafka-event-at` makes them (yahoo/streaming-benchmarks,
 * data/src/setup/core.clj) with its option for minor skew and late tuples. An event depends on its number alone.
 */

/** An event with the names that it has in JSON. */
export interface AdEvent {
  readonly user_id: string;
  readonly page_id: string;
  readonly ad_id: string;
  readonly ad_type: string;
  readonly event_type: string;
  /** Milliseconds since the epoch, as text. */
  readonly event_time: string;
  readonly ip_address: string;
}

/** Length of the windows in which views are counted. */
export const WINDOW_MS = 10_000;

const CAMPAIGNS = 100;
const ADS_OF_A_CAMPAIGN = 10;
const USERS = 100;
const PAGES = 100;
const AD_TYPES = ['banner', 'modal', 'sponsored-search', 'mail', 'mobile'] as const;
const EVENT_TYPES = ['view', 'click', 'purchase'] as const;
/** Events a second of event time: the load of the benchmark's own configuration. */
const RATE = 1000;
/** A whole number of windows after the epoch. */
const START_MS = 1_700_000_000_000;
/** Times are off by up to this. */
const JITTER_MS = 50;
/** One of so many events is late, by less than the other. */
const LATE_ONE_OF = 100_000;
const LATE_MS = 60_000;

/** Hexadecimal digits of a version 4 UUID: x is any, y one of 8 to b. */
const UUID = 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx';

/** UUIDs of one kind. @param kind numbers of different kinds are independent */
function uuids(count: number, seed: number, kind: number): string[] {
  const random = new EventRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    // Below 0: events have the numbers from 0.
    random.begin(-1 - kind - 4 * i);
    return UUID.replace(/[xy]/g, (c) => (c === 'x' ? random.int(16) : 8 + random.int(4)).toString(16));
  });
}

/** Everything that is drawn once: who and what events are about. */
export class AdWorld {
  readonly #seed: number;
  readonly #users: readonly string[];
  readonly #pages: readonly string[];
  readonly #ads: readonly string[];
  readonly #campaigns: readonly string[];

  constructor(seed: number) {
    this.#seed = seed;
    this.#users = uuids(USERS, seed, 0);
    this.#pages = uuids(PAGES, seed, 1);
    this.#ads = uuids(CAMPAIGNS * ADS_OF_A_CAMPAIGN, seed, 2);
    this.#campaigns = uuids(CAMPAIGNS, seed, 3);
  }

  /** The campaign of each ad. */
  campaigns(): Map<string, string> {
    const of = (ad: number) => this.#campaigns[Math.floor(ad / ADS_OF_A_CAMPAIGN)] as string;
    return new Map(this.#ads.map((ad, i) => [ad, of(i)]));
  }

  /** Makes events by their numbers, from 0. */
  events(): (n: number) => AdEvent {
    const random = new EventRandom(this.#seed);
    const oneOf = <T>(list: readonly T[]) => list[random.int(list.length)] as T;
    return (n) => {
      random.begin(n);
      const user_id = oneOf(this.#users);
      const page_id = oneOf(this.#pages);
      const ad_id = oneOf(this.#ads);
      const ad_type = oneOf(AD_TYPES);
      const event_type = oneOf(EVENT_TYPES);
      const jitter = JITTER_MS - random.int(2 * JITTER_MS);
      const late = random.int(LATE_ONE_OF) === 0 ? random.int(LATE_MS) : 0;
      const event_time = String(START_MS + Math.floor((n * 1000) / RATE) + jitter - late);
      return { user_id, page_id, ad_id, ad_type, event_type, event_time, ip_address: '1.2.3.4' };
    };
  }
}

/** The event as the benchmark's generator writes it: JSON with a space after each colon and comma. */
export function jsonOf(event: AdEvent): string {
  return `{${Object.entries(event)
    .map(([name, value]) => `"${name}": "${value}"`)
    .join(', ')}}`;
}

/** The one that jobs, references and inputs share. */
export const AD_WORLD = new AdWorld(1);
