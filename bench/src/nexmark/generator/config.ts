/** How events are made. Names, units and defaults are those of Nexmark's generator for Flink, except the seed, which that lacks. */
export interface NexmarkConfig {
  /** Two generators with the same seed make the same events; a whole number below 2^32. */
  readonly seed: number;
  /** Events per second of all generators together. */
  readonly rate: number;
  /** Event time of event number 0, in ms since 1970. */
  readonly baseTime: number;
  /** Id of event number 0; with several generators each begins at its own. */
  readonly firstEventId: number;
  /** How many generators share the rate. */
  readonly numGenerators: number;
  /** One bid in so many is not for the hot auction. */
  readonly hotAuctionRatio: number;
  /** One auction in so many is not of the hot seller. */
  readonly hotSellersRatio: number;
  /** One bid in so many is not of the hot bidder. */
  readonly hotBiddersRatio: number;
  /** People among whom sellers and bidders are drawn: the latest. */
  readonly numActivePeople: number;
  /** Auctions among which bids are drawn: the latest. How long auctions last follows from it. */
  readonly numInFlightAuctions: number;
  /** Average bytes of a person. */
  readonly avgPersonByteSize: number;
  /** Average bytes of an auction. */
  readonly avgAuctionByteSize: number;
  /** Average bytes of a bid, of which its channel and url are not counted, as in the original. */
  readonly avgBidByteSize: number;
  /** Events come in groups of so many, each in another order; 1 is in order. */
  readonly outOfOrderGroupSize: number;
}

/** The defaults of Nexmark, from seed 1 and the beginning of 1970. */
export const DEFAULT_CONFIG: NexmarkConfig = {
  seed: 1,
  rate: 10_000,
  baseTime: 0,
  firstEventId: 0,
  numGenerators: 1,
  hotAuctionRatio: 2,
  hotSellersRatio: 4,
  hotBiddersRatio: 4,
  numActivePeople: 1000,
  numInFlightAuctions: 100,
  avgPersonByteSize: 200,
  avgAuctionByteSize: 500,
  avgBidByteSize: 100,
  outOfOrderGroupSize: 1,
};

/** What the events of a group are put in another order by; a multiple of it would give some events twice. */
export const SHUFFLE_STEP = 953;

/** Smallest and largest value of each whole number. */
const LIMITS: { readonly [K in Exclude<keyof NexmarkConfig, 'rate'>]: readonly [least: number, most: number] } = {
  seed: [0, 2 ** 32 - 1],
  baseTime: [0, 2 ** 52],
  firstEventId: [0, 2 ** 50],
  numGenerators: [1, 1_000_000],
  hotAuctionRatio: [1, 1_000_000],
  hotSellersRatio: [1, 1_000_000],
  hotBiddersRatio: [1, 1_000_000],
  numActivePeople: [1, 1_000_000_000],
  numInFlightAuctions: [1, 1_000_000_000],
  avgPersonByteSize: [0, 100_000],
  avgAuctionByteSize: [0, 100_000],
  avgBidByteSize: [0, 100_000],
  outOfOrderGroupSize: [1, 1_000_000],
};

/**
 * A whole configuration from parts of one.
 * @throws RangeError that names the option, its value and what it must be
 */
export function nexmarkConfig(options: Partial<NexmarkConfig> = {}): NexmarkConfig {
  for (const name of Object.keys(options)) {
    if (!(name in DEFAULT_CONFIG)) {
      throw new RangeError(`Nexmark has no option ${name}. It has ${Object.keys(DEFAULT_CONFIG).join(', ')}.`);
    }
  }
  const config = { ...DEFAULT_CONFIG, ...options };
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = config[name as keyof typeof LIMITS];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new RangeError(`Nexmark: ${name} is ${value}; give a whole number from ${least} to ${most}.`);
    }
  }
  if (!(config.rate > 0 && config.rate <= 1e9)) {
    throw new RangeError(`Nexmark: rate is ${config.rate}; give a number of events per second above 0, up to 1e9.`);
  }
  if (config.outOfOrderGroupSize % SHUFFLE_STEP === 0) {
    throw new RangeError(
      `Nexmark: outOfOrderGroupSize is ${config.outOfOrderGroupSize}; give one that ${SHUFFLE_STEP} does not divide, since with those events repeat.`,
    );
  }
  return config;
}
