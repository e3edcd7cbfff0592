import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { loadJob } from '@millrace/core';
import type { HttpInputDStream } from '@millrace/sources/http';
import type load from './load.job.ts';
import type { LoadParams } from './load.job.ts';

/*
 * The process of the job. Started with `{ backend, params }`; tells each second how it goes; `{ stop }` ends it gracefully, and the last
 * message has the number of lines that were counted.
 */

/** What is told each second. */
export interface JobFigures {
  readonly taken: number;
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly refused: number;
  readonly delayP50: number;
  readonly delayP99: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly pulled: number;
}

// Who started it is gone.
process.on('disconnect', () => process.exit());
process.on(
  'message',
  (message: {
    start?: { backend: 'single' | 'threads'; params: Omit<LoadParams, 'pulled'> };
    collect?: true;
    stop?: true;
  }) => {
    if (message.start !== undefined) void start(message.start.backend, message.start.params);
  },
);

async function start(kind: 'single' | 'threads', given: Omit<LoadParams, 'pulled'>): Promise<void> {
  const pulled = new SharedArrayBuffer(8);
  const params: LoadParams = { ...given, pulled };
  const backend = kind === 'single' ? single() : threads({ workers: 2 });
  const { ssc, streams } = await loadJob<typeof load>(new URL('./load.job.ts', import.meta.url), {
    backend,
    params,
    warn: () => {},
  });
  let taken = 0;
  let flow = { waiting: 0, waitingBytes: 0, refused: 0 };
  const delays: RecordableHistogram = createHistogram();
  streams.counts.foreachRDD(
    async (rdd) => {
      taken += (await rdd.collect())[0] ?? 0;
    },
    { name: 'taken' },
  );
  streams.window.foreachRDD(async (rdd) => void (await rdd.collect()), { name: 'window' });
  streams.totals.foreachRDD(async (rdd) => void (await rdd.collect()), { name: 'totals' });
  ssc.addStreamingListener({
    onBatchCompleted: ({ batchInfo }) => {
      delays.record(Math.max(1, Math.round(batchInfo.totalDelay ?? 1)));
      const f = batchInfo.streamIdToInputInfo.get(0)?.flow;
      if (f !== undefined) flow = { waiting: f.waitingRecords, waitingBytes: f.waitingBytes, refused: f.refused };
    },
  });
  await ssc.start();
  ssc.awaitTermination().catch((e: unknown) => process.send?.({ failed: String(e) }));
  const url = params.source === 'http' ? (await (streams.lines as HttpInputDStream<string>).listening).url : null;
  process.send?.({ ready: { url } });
  const tell = () => {
    const { rss, heapUsed } = process.memoryUsage();
    const figures: JobFigures = {
      taken,
      ...flow,
      delayP50: delays.count === 0 ? 0 : delays.percentile(50),
      delayP99: delays.count === 0 ? 0 : delays.percentile(99),
      rssMb: rss / 2 ** 20,
      heapMb: heapUsed / 2 ** 20,
      pulled: Number(new BigInt64Array(pulled)[0]),
    };
    process.send?.({ figures });
  };
  const telling = setInterval(tell, 1000);
  process.on('message', (message: { collect?: true; stop?: true }) => {
    if (message.collect) {
      // Twice: what the first collection finalizes, the second frees.
      globalThis.gc?.();
      globalThis.gc?.();
      process.send?.({ collected: process.memoryUsage().heapUsed / 2 ** 20 });
      delays.reset();
    }
    if (message.stop) {
      void ssc.stop({ graceful: true }).then(() => {
        tell();
        clearInterval(telling);
        process.send?.({ stopped: taken });
        process.disconnect();
      });
    }
  });
}
