import { InputDStream } from '../../../packages/core/src/index.ts';
import { runBatches, TestSource } from '../../../packages/core/src/testing/index.ts';
import { scriptedContext } from '../scripts/scripted.ts';
import type { CallTable } from './table.ts';

const WAIT_MS = 500;

/** What `awaitTerminationOrTimeout` gives when an event happens while it waits. */
async function awaitEnd(event: string): Promise<boolean> {
  const { ssc, clock } = scriptedContext(100);
  new TestSource(ssc, [[1]])
    .map((n) => {
      if (event === 'taskError') throw new Error('error in map task');
      return n;
    })
    .transform((rdd) => {
      if (event === 'jobGenerationError') throw new Error('error in transform');
      return rdd;
    })
    .foreachRDD(async (rdd) => void (await rdd.count()));
  await ssc.start();
  if (event === 'stoppedBefore') await ssc.stop();
  const result = ssc.awaitTerminationOrTimeout(WAIT_MS);
  // An error may come before anybody looks at it.
  result.catch(() => {});
  if (event === 'stopped') await ssc.stop();
  if (event.endsWith('Error')) await runBatches(ssc, clock, 1);
  await clock.advance(WAIT_MS);
  try {
    return await result;
  } finally {
    await ssc.stop();
  }
}

/** Has received everything before the stop, and hands it over in small batches. */
class Received extends InputDStream<number> {
  readonly #records: number[];

  constructor(ssc: ConstructorParameters<typeof InputDStream>[0], count: number) {
    super(ssc);
    this.#records = Array.from({ length: count }, (_, i) => i);
  }

  override hasPending(): boolean {
    return this.#records.length > 0;
  }

  override compute(): readonly number[] {
    return this.#records.splice(0, 7);
  }
}

async function processedAfterGracefulStop(stored: number): Promise<number> {
  const { ssc, clock } = scriptedContext(100);
  let processed = 0;
  new Received(ssc, stored).foreachRDD(async (rdd) => {
    processed += await rdd.count();
  });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop({ graceful: true });
  return processed;
}

/** The text of `print` for a batch at a time. */
async function printed(elements: readonly unknown[], timeMs: number, num: number | undefined): Promise<string> {
  // With an interval of 1 ms any time is a batch time.
  const { ssc, clock } = scriptedContext(1, {}, timeMs - 1);
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  new TestSource(ssc, [elements]).print(num, { write });
  await ssc.start();
  await runBatches(ssc, clock, 1);
  await ssc.stop();
  return text;
}

/** Calls that need a context that runs. */
export const contextCalls: CallTable = {
  awaitTerminationOrTimeout: () => (event) => awaitEnd(event as string),
  'gracefulStop.processedCount': () => (stored) => processedAfterGracefulStop(stored as number),
  print: () => (elements, time, num) => printed(elements as unknown[], time as number, num as number | undefined),
};
