import type { NexmarkConfig } from './config.ts';
import type { Auction } from './events.ts';
import {
  FIRST_AUCTION_ID,
  FIRST_CATEGORY_ID,
  FIRST_PERSON_ID,
  hotBase0Id,
  lastBase0AuctionId,
  lastBase0PersonId,
  NUM_CATEGORIES,
  nextBase0PersonId,
} from './ids.ts';
import type { EventRandom } from './random.ts';
import { type Padding, randomPrice, randomText } from './strings.ts';

/**
 * The auction of an event.
 * @param horizonMs after how long the auctions that may be in flight will have opened: it lasts as long on average
 */
export function makeAuction(
  eventId: number,
  dateTime: number,
  horizonMs: number,
  random: EventRandom,
  padding: Padding,
  config: NexmarkConfig,
): Auction {
  const hot = random.int(config.hotSellersRatio) > 0;
  const seller = hot ? hotBase0Id(lastBase0PersonId(eventId)) : nextBase0PersonId(eventId, random, config);
  const category = FIRST_CATEGORY_ID + random.int(NUM_CATEGORIES);
  const initialBid = randomPrice(random);
  const expires = dateTime + 1 + random.int(Math.max(horizonMs * 2, 1));
  const itemName = randomText(random, 20);
  const description = randomText(random, 100);
  const reserve = initialBid + randomPrice(random);
  const bytes = 8 + itemName.length + description.length + 5 * 8;
  return {
    kind: 'auction',
    id: lastBase0AuctionId(eventId) + FIRST_AUCTION_ID,
    itemName,
    description,
    initialBid,
    reserve,
    dateTime,
    expires,
    seller: seller + FIRST_PERSON_ID,
    category,
    extra: padding.fill(random, bytes, config.avgAuctionByteSize),
  };
}
