import { isMillraceError } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { describe, expect, it } from 'vitest';
import { checkedReconnect, Reconnects } from './backoff.ts';

function codeOf(body: () => unknown): string {
  try {
    body();
  } catch (e) {
    if (isMillraceError(e)) return e.code;
    throw e;
  }
  return 'nothing was thrown';
}

describe('reconnects', () => {
  it('waits longer each time, up to a bound, and anew after a good connection', () => {
    const clock = new ManualClock();
    const reconnects = new Reconnects({ initialMs: 100, maxMs: 500 }, () => 1);
    const waits = () => [1, 2, 3, 4].map(() => reconnects.failed(clock));
    expect(waits()).toEqual([100, 200, 400, 500]);
    reconnects.delivered();
    expect(waits()).toEqual([100, 200, 400, 500]);
  });

  it('does not trust a connection that was closed at once', async () => {
    const clock = new ManualClock();
    const reconnects = new Reconnects({ initialMs: 100, maxMs: 500 }, () => 1);
    reconnects.failed(clock);
    reconnects.opened(clock);
    await clock.advance(499);
    expect(reconnects.failed(clock)).toBe(200);
    reconnects.opened(clock);
    await clock.advance(500);
    expect(reconnects.failed(clock)).toBe(100);
  });

  it('checks its option', () => {
    expect(checkedReconnect('x: reconnect', { initial: 20_000 })).toEqual({ initialMs: 20_000, maxMs: 20_000 });
    expect(codeOf(() => checkedReconnect('x: reconnect', { initial: 0 }))).toBe('MR_DURATION');
    expect(codeOf(() => checkedReconnect('x: reconnect', { intial: 5 } as object))).toBe('MR_OPTION');
  });
});
