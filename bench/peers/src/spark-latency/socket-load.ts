import { OutputDiffers } from '@millrace/bench';
import type { LineCounter, SocketLatencies } from './engines.ts';
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

/**
 * Has somebody count the lines of a sender of its own.
 * @returns null where it was given up
 * @throws OutputDiffers where more lines were delivered than sent
 */
export async function countLines(counter: LineCounter, load: SocketLoad): Promise<SocketLatencies | null> {
  const { rate, intervalMs, giveUpMs } = load;
  const measureMs = Math.max(load.measureMs, Math.ceil(LEAST_BATCHES * intervalMs * SPARE));
  const lines = (rate / 1000) * (WARM_UP_MS + measureMs);
  await using sender = await Sender.open(rate, lines);
  globalThis.gc?.();
  const { port } = sender;
  const found = await counter.socket({ intervalMs, giveUpMs, port, lines, warmUpMs: WARM_UP_MS, measureMs });
  if (found.delivered > lines)
    throw new OutputDiffers(`${counter.title} delivered ${found.delivered} lines where ${lines} were sent`);
  return found.delivered === lines ? found : null;
}
