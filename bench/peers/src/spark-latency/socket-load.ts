import { checkDelivered } from './delivered.ts';
import { type LineCounter, limitOf, type SocketLatencies } from './engines.ts';
import { Sender } from './sender.ts';
import { LEAST_BATCHES } from './timed-batch.ts';

/** Enough for a receiver to start, and for a queue that has formed meanwhile to be gone. */
const WARM_UP_MS = 2500;
/** So much more time than the least number of batches takes, since a few are cut off. */
const SPARE = 1.1;

/** How lines are sent, and at which interval they are counted. */
export interface SocketLoad {
  /** Lines a second: a multiple of 1000. */
  readonly rate: number;
  readonly intervalMs: number;
  /** Time that counts; more where the least number of batches takes more. */
  readonly measureMs: number;
  readonly giveUpMs: number;
}

/** What became of it. */
export interface CountedLines extends SocketLatencies {
  /** Lines that were sent and not delivered, because the run was given up; else 0. */
  readonly missing: number;
}

/**
 * Has somebody count the lines of a sender of its own.
 * @throws OutputDiffers where what was delivered is not what was sent
 * @throws Error where the sender has died
 */
export async function countLines(counter: LineCounter, load: SocketLoad): Promise<CountedLines> {
  const { rate, intervalMs, giveUpMs } = load;
  const measureMs = Math.max(load.measureMs, Math.ceil(LEAST_BATCHES * intervalMs * SPARE));
  const lines = (rate / 1000) * (WARM_UP_MS + measureMs);
  await using sender = await Sender.open(rate, lines);
  globalThis.gc?.();
  const { port } = sender;
  const limitMs = limitOf(WARM_UP_MS + measureMs, giveUpMs);
  const run = { intervalMs, giveUpMs, limitMs, port, lines, warmUpMs: WARM_UP_MS, measureMs };
  const found = await sender.whileAlive(counter.socket(run));
  checkDelivered(counter.title, found, { rate, lines });
  return { ...found, missing: lines - found.delivered };
}
