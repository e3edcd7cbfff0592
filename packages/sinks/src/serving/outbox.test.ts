import { ManualClock } from '@millrace/core/testing';
import { expect, test } from 'vitest';
import { type Message, message, Outbox, type Wire } from './outbox.ts';
import type { OnSlow } from './serve-options.ts';

/** A connection that sends when it is told to. */
class FakeWire implements Wire {
  readonly sent: unknown[] = [];
  readonly #inFlight: { readonly data: unknown; readonly sent: () => void }[] = [];
  pings = 0;
  answers = true;
  destroyed = false;

  send(data: string | Uint8Array, sent: () => void): void {
    this.#inFlight.push({ data, sent });
  }

  /** Lets the oldest message out; false if there is none. */
  step(): boolean {
    const next = this.#inFlight.shift();
    if (next === undefined) return false;
    this.sent.push(next.data);
    next.sent();
    return true;
  }

  ping(): void {
    this.pings++;
  }

  heard(): boolean {
    return this.pings === 0 || this.answers;
  }

  end(): void {}

  destroy(): void {
    this.destroyed = true;
  }
}

function outboxOf(onSlow: OnSlow, maxBytes: number) {
  const wire = new FakeWire();
  const count = { dropped: 0, disconnected: 0 };
  const outbox = new Outbox(wire, {
    maxBytes,
    onSlow,
    clock: new ManualClock(),
    onDrop: () => void count.dropped++,
    onDisconnect: () => void count.disconnected++,
  });
  return { wire, outbox, count };
}

const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A generator of numbers below 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const SEED = Math.floor(Math.random() * 2 ** 32);

test.each(['wait', 'dropOldest', 'disconnect'] as const)(
  `random traffic with %s keeps order and bound (seed ${SEED})`,
  async (onSlow) => {
    const random = randomOf(SEED);
    for (let round = 0; round < 50; round++) {
      const maxBytes = 100 + Math.floor(random() * 5000);
      const { wire, outbox, count } = outboxOf(onSlow, maxBytes);
      let offered = 0;
      let largest = 0;
      let done = Promise.resolve();
      for (let batch = 0; batch < 10; batch++) {
        const messages = Array.from({ length: Math.floor(random() * 8) }, (): Message => {
          const made = message(`${offered++}${' '.repeat(Math.floor(random() * 1000))}`);
          largest = Math.max(largest, made.bytes);
          return made;
        });
        done = done.then(() => outbox.deliver(messages));
        for (let i = Math.floor(random() * 10); i > 0; i--) {
          wire.step();
          if (random() < 0.5) await breath();
          // What is with the system cannot be taken back: a large message may come on top.
          expect(outbox.bytes).toBeLessThanOrEqual(Math.max(maxBytes, maxBytes / 2 + largest, 2 * largest));
        }
      }
      let ended = false;
      void done.then(() => {
        ended = true;
      });
      while (wire.step() || !ended) await breath();
      while (wire.step());
      const got = wire.sent.map((text) => Number(text));
      expect(got).toEqual(got.toSorted((a, b) => a - b));
      if (onSlow === 'disconnect')
        expect(count.disconnected === 1 ? wire.destroyed : got.length === offered).toBe(true);
      else expect(got.length + count.dropped).toBe(offered);
      if (onSlow === 'wait') expect(count.dropped).toBe(0);
      if (!wire.destroyed) expect(outbox.bytes).toBe(0);
    }
  },
);

test('many small messages count for more than their text', async () => {
  const { outbox, count } = outboxOf('dropOldest', 10_000);
  await outbox.deliver(Array.from({ length: 1000 }, () => message('1')));
  expect(outbox.bytes).toBeLessThanOrEqual(10_000);
  expect(count.dropped).toBeGreaterThan(800);
});

test('a client that does not answer is dead, unless something goes out behind which its answer waits', () => {
  const { wire, outbox } = outboxOf('wait', 1000);
  expect([outbox.beat(), wire.pings]).toEqual([true, 1]);
  expect([outbox.beat(), wire.pings]).toEqual([true, 2]);
  wire.answers = false;
  outbox.replay([message('a'), message('b')]);
  wire.step();
  expect([outbox.beat(), wire.pings]).toEqual([true, 3]);
  // Nothing has gone out since.
  expect([outbox.beat(), wire.pings]).toEqual([false, 3]);
});

test('drained resolves when all is sent, or the client is gone', async () => {
  const first = outboxOf('wait', 1000);
  first.outbox.replay([message('a'), message('b')]);
  let drained = false;
  const wait = first.outbox.drained().then(() => {
    drained = true;
  });
  first.wire.step();
  await breath();
  expect(drained).toBe(false);
  first.wire.step();
  await wait;
  const second = outboxOf('wait', 1000);
  second.outbox.replay([message('a')]);
  const gone = second.outbox.drained();
  second.outbox.close();
  await gone;
});
