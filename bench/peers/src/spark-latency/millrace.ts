import { threads } from '@millrace/backend-threads';
import { loadJob, type StreamingContext } from '@millrace/core';
import { BatchWatch } from './batch-watch.ts';
import type dueCounts from './due-counts.job.ts';
import type { Opponent, SmallBatches, SmallBatchesRun, SocketLatencies, SocketRun } from './engines.ts';
import { type DueCounts, LatencyCounts } from './latency-counts.ts';
import type smallBatches from './small-batches.job.ts';

const SMALL_BATCHES = new URL('./small-batches.job.ts', import.meta.url);
const DUE_COUNTS = new URL('./due-counts.job.ts', import.meta.url);
/** Entries that are ready before their time. */
const AHEAD = 8;

/** Millrace on two worker threads. Each run has a context and workers of its own. */
export const millrace: Opponent = {
  title: 'Millrace threads(2)',
  smallBatches: runSmallBatches,
  socket: runSocket,
  async close() {},
};

const options = () => ({ backend: threads({ workers: 2 }), warn: () => {} });

async function runSmallBatches({
  intervalMs,
  giveUpMs,
  limitMs,
  warmUp,
  batches,
  words,
}: SmallBatchesRun): Promise<SmallBatches> {
  const { ssc, streams } = await loadJob<typeof smallBatches>(SMALL_BATCHES, { ...options(), params: { intervalMs } });
  const { queue, output } = streams;
  let first: SmallBatches['output'] | null = null;
  output.foreachRDD(
    async (rdd) => {
      const counts = await rdd.collect();
      first ??= counts;
      const counted = counts.reduce((sum, [, n]) => sum + n, 0);
      if (counts.length !== first.length || counted !== words.length)
        throw new Error(`a batch counted ${counted} of ${words.length} words`);
    },
    { name: 'deliver' },
  );
  const feed = () => {
    while (queue.length < AHEAD) queue.push(words);
  };
  const over = Promise.withResolvers<void>();
  const watch = new BatchWatch(ssc, giveUpMs, {
    onSubmitted: feed,
    onCompleted: (ended) => void (ended === warmUp + batches && over.resolve()),
  });
  feed();
  await runUntil(over, ssc, watch, limitMs);
  return { batches: watch.after({ batch: warmUp }).slice(0, batches), output: first ?? [] };
}

async function runSocket({ intervalMs, giveUpMs, limitMs, port, lines, ...span }: SocketRun): Promise<SocketLatencies> {
  const { ssc, streams } = await loadJob<typeof dueCounts>(DUE_COUNTS, { ...options(), params: { intervalMs, port } });
  const counts = new LatencyCounts(span);
  const over = Promise.withResolvers<void>();
  streams.output.foreachRDD(
    async (rdd) => {
      const due: DueCounts = await rdd.collect();
      if (due.length > 0) counts.add(due, Date.now());
      if (counts.total >= lines) over.resolve();
    },
    { name: 'deliver' },
  );
  const watch = new BatchWatch(ssc, giveUpMs);
  await runUntil(over, ssc, watch, limitMs);
  return { batches: watch.after({ time: counts.from }), took: counts.took, due: counts.due, delivered: counts.total };
}

/** Runs a job until it is over, has fallen hopelessly behind or has had its time, and stops it. @throws what it fails with */
async function runUntil(
  over: PromiseWithResolvers<void>,
  ssc: StreamingContext,
  watch: BatchWatch,
  limitMs: number,
): Promise<void> {
  await ssc.start();
  ssc.awaitTermination().catch(over.reject);
  const limit = setTimeout(over.resolve, limitMs);
  try {
    await Promise.race([over.promise, watch.hopeless]);
  } finally {
    clearTimeout(limit);
    await ssc.stop();
  }
}
