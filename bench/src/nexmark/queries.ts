import type { Comparison } from './canonical.ts';
import type { NexmarkEvent } from './generator/events.ts';
import { q3, q4, q6, q8, q9, q20 } from './oracles/joins.ts';
import { q0, q1, q2, q13, q14 } from './oracles/narrow.ts';
import { q15, q16, q17, q18, q19 } from './oracles/statistics.ts';
import { q5, q7, q11, q12 } from './oracles/windows.ts';

/** A query of Nexmark with all that is needed to run it, to check it and to list it. */
export interface NexmarkQuery {
  /** `q0` and so on. */
  readonly id: string;
  readonly title: string;
  /** What of an engine it is hard on. */
  readonly stresses: string;
  /** The module; its params are `NexmarkParams`, and its streams `queue` and `output`. */
  readonly job: URL;
  /** The whole output from all events, by a plain loop. */
  readonly oracle: (events: readonly NexmarkEvent[]) => unknown[];
  /** What of the output of all batches equals the oracle's; see `canonical`. */
  readonly compared: Comparison;
}

const ROWS: Comparison = { kind: 'rows' };

function query<R>(
  id: string,
  title: string,
  stresses: string,
  oracle: (events: readonly NexmarkEvent[]) => R[],
  key?: (row: R) => string | number,
): NexmarkQuery {
  const compared = key === undefined ? ROWS : ({ kind: 'last of key', key } as Comparison);
  return { id, title, stresses, job: new URL(`./queries/${id}.job.ts`, import.meta.url), oracle, compared };
}

/**
 * Nexmark's queries over `NexmarkGenerator`'s events. q10 writes a log and is left out; q21 and q22 are about texts alone.
 *
 * The definitions are those of nexmark/nexmark (commit 6b3646c, `queries/q*.sql`), with these decisions:
 * - Averages are of whole numbers, rounded down, as AVG of BIGINT is. Prices in euros are exact to the nearest number.
 * - q4, q6, q9: of equally high bids the earliest wins, of those in the same ms the one whose event comes first.
 * - q6 (which Flink's SQL cannot run) follows its text: the last 10 auctions of a seller that closed with a bid, in the order of
 *   expiry and then of id, a row for each that closes.
 * - q7: bids of a window with its highest price. The SQL also lets a bid of the next window's first ms through if it has
 *   the same price.
 * - q11: a session goes on where a bid comes at most 10 s after the last one (Flink; Beam wants less than 10 s).
 * - q12: processing time is batch time, which is event time here.
 * - q13: the side input has 10,000 rows, one for each number of the modulo.
 * - q16: the minute is that of the last bid.
 * - q18, q19: of bids in the same ms the one whose event comes later is the last; of equal prices the earlier bid ranks first.
 * - Times are of UTC.
 */
export const nexmarkQueries: readonly NexmarkQuery[] = [
  query('q0', 'Pass through', 'plumbing', q0),
  query('q1', 'Currency conversion', 'map', q1),
  query('q2', 'Selection', 'filter', q2),
  query('q3', 'Local item suggestion', 'incremental join without end', q3),
  query('q4', 'Average price for a category', 'join, maximum and average with updates', q4, ({ category }) => category),
  query('q5', 'Hot items', 'sliding window and a maximum over all', q5),
  query('q6', 'Average selling price by seller', 'join that closes, list for each key', q6),
  query('q7', 'Highest bid', 'tumbling window over all records', q7),
  query('q8', 'Monitor new users', 'join of windows', q8),
  query('q9', 'Winning bids', 'join and first of each key, wide rows', q9, ({ id }) => id),
  query('q11', 'User sessions', 'sessions: state with timeouts', q11),
  query('q12', 'Processing time windows', 'tumbling window, count by key', q12),
  query('q13', 'Bounded side input join', 'broadcast join', q13),
  query('q14', 'Calculation', 'user functions', q14),
  query('q15', 'Bidding statistics report', 'counts of different keys', q15, ({ day }) => day),
  query(
    'q16',
    'Channel statistics report',
    'counts of different keys for many keys',
    q16,
    (row) => `${row.day} ${row.channel}`,
  ),
  query('q17', 'Auction statistics report', 'many aggregates by key', q17, (row) => `${row.day} ${row.auction}`),
  query('q18', 'Find last bid', 'deduplication by a wide key', q18, (row) => `${row.bidder} ${row.auction}`),
  query('q19', 'Auction top 10 price', 'top 10 of each key', q19, ({ auction }) => auction),
  query('q20', 'Expand bid with auction', 'incremental join with wide rows', q20),
];
