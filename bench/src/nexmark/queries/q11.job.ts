import { defineAggregate, defineJob, type State, StateSpec, seconds, type Time } from '@millrace/core';
import { isBid } from '../generator/events.ts';
import { type NexmarkParams, nexmarkInput } from './input.ts';
import type { BidCountRow } from './rows.ts';

const GAP = seconds(10);

/** Bids that follow each other closely. */
interface Session {
  count: number;
  readonly first: number;
  last: number;
}

/** The bids of a batch, which is shorter than the gap: one session. */
const session = defineAggregate<number, Session | null, Session>({
  name: 'session',
  create: () => null,
  add(a, time) {
    if (a === null) return { count: 1, first: time, last: time };
    a.count += 1;
    a.last = time;
    return a;
  },
  merge: (a, b) => (a === null || b === null ? (a ?? b) : joined(a, b)),
  finish: (a) => a as Session,
});

function joined(a: Session, b: Session): Session {
  return { count: a.count + b.count, first: a.first, last: b.last };
}

/** q11: how often everybody bid in each session. One that is over is told of by the bidder's next bid, or when none came for long enough. */
export default defineJob({ name: 'nexmark-q11', batchInterval: seconds(1) }, (ssc, params?: NexmarkParams) => {
  const { queue, events } = nexmarkInput(ssc, params);
  const spec = StateSpec.function(
    (_time: Time, bidder: number, fresh: Session | null, state: State<Session>): BidCountRow | null => {
      const before = state.getOption();
      if (fresh === null) return before === null ? null : row(bidder, before);
      if (before === null || fresh.first - before.last <= GAP.milliseconds) {
        state.update(before === null ? fresh : joined(before, fresh));
        return null;
      }
      state.update(fresh);
      return row(bidder, before);
    },
  ).timeout(GAP);
  const output = events
    .filter(isBid)
    .map(({ bidder, dateTime }) => [bidder, dateTime])
    .aggregateByKey(session)
    .mapWithState(spec, { name: 'q11-sessions', timeoutCheckInterval: seconds(2) });
  return { queue, output };
});

function row(bidder: number, { count, first, last }: Session): BidCountRow {
  return { bidder, bidCount: count, startTime: first, endTime: last + GAP.milliseconds };
}
