import type { NexmarkConfig } from './config.ts';
import type { Bid } from './events.ts';
import {
  FIRST_AUCTION_ID,
  FIRST_PERSON_ID,
  hotBase0Id,
  lastBase0AuctionId,
  lastBase0PersonId,
  nextBase0AuctionId,
  nextBase0PersonId,
} from './ids.ts';
import type { EventRandom } from './random.ts';
import { type Padding, randomPrice, randomText } from './strings.ts';

/** Where bids are made from. */
export interface Channel {
  readonly channel: string;
  readonly url: string;
}

const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'];
/** One bid in so many is not made from a hot channel. */
const HOT_CHANNELS_RATIO = 2;
const CHANNELS = 10_000;
/** auction, bidder, price and dateTime; channel and url are not counted, as in the original. */
const BYTES = 4 * 8;

/** All channels: the hot ones, then the others. @param random begun where its numbers belong to no event */
export function makeChannels(random: EventRandom): readonly Channel[] {
  const baseUrl = () => {
    const part = () => randomText(random, 5, '_');
    return `https://www.nexmark.com/${part()}/${part()}/${part()}/item.htm?query=1`;
  };
  const hot = HOT_CHANNELS.map((channel) => ({ channel, url: baseUrl() }));
  const others = Array.from({ length: CHANNELS }, (_, i) => {
    const url = baseUrl();
    const withId = random.int(10) > 0;
    return { channel: `channel-${i}`, url: withId ? `${url}&channel_id=${Math.abs(reverseBits(i))}` : url };
  });
  return [...hot, ...others];
}

/** The bid of an event. */
export function makeBid(
  eventId: number,
  dateTime: number,
  random: EventRandom,
  padding: Padding,
  channels: readonly Channel[],
  config: NexmarkConfig,
): Bid {
  const hotAuction = random.int(config.hotAuctionRatio) > 0;
  const auction = hotAuction ? hotBase0Id(lastBase0AuctionId(eventId)) : nextBase0AuctionId(eventId, random, config);
  const hotBidder = random.int(config.hotBiddersRatio) > 0;
  // The second of the hundred: the first is the hot seller.
  const bidder = hotBidder ? hotBase0Id(lastBase0PersonId(eventId)) + 1 : nextBase0PersonId(eventId, random, config);
  const price = randomPrice(random);
  const hotChannel = random.int(HOT_CHANNELS_RATIO) > 0;
  const at = hotChannel ? random.int(HOT_CHANNELS.length) : HOT_CHANNELS.length + random.int(CHANNELS);
  const { channel, url } = channels[at] as Channel;
  return {
    kind: 'bid',
    auction: auction + FIRST_AUCTION_ID,
    bidder: bidder + FIRST_PERSON_ID,
    price,
    channel,
    url,
    dateTime,
    extra: padding.fill(random, BYTES, config.avgBidByteSize),
  };
}

/** The 32 bits of a number in reverse order, as a signed number. */
function reverseBits(x: number): number {
  let reversed = 0;
  for (let i = 0; i < 32; i++) reversed = (reversed << 1) | ((x >>> i) & 1);
  return reversed;
}
