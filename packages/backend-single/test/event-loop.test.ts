import { StreamingContext, seconds } from '@millrace/core';
import { ManualClock } from '@millrace/core/testing';
import { expect, it } from 'vitest';
import { single } from '../src/index.ts';

/** A clock whose steady time moves on with each look at it: every slice of work seems long. */
class BusyClock extends ManualClock {
  #looks = 0;

  override elapsed(): number {
    this.#looks += 5;
    return this.#looks;
  }
}

it('lets the event loop live between slices of a batch', async () => {
  const clock = new BusyClock();
  const ssc = new StreamingContext(single(), seconds(1), { clock });
  const records = Array.from({ length: 20_000 }, (_, i) => i);
  let turns = 0;
  let turnsWhenDone = 0;
  let busy = true;
  const turn = () => {
    turns += 1;
    if (busy) setImmediate(turn);
  };
  ssc
    .queueStream([records])
    .map((n) => n + 1)
    .foreachPartition(() => {
      turnsWhenDone = turns;
    });
  await ssc.start();
  setImmediate(turn);
  await clock.advance(1000);
  await ssc.awaitIdle();
  busy = false;
  await ssc.stop();
  expect(turnsWhenDone).toBeGreaterThan(10);
});
