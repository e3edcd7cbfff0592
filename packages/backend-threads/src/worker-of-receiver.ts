import { parentPort, workerData } from 'node:worker_threads';
import { ReceiverInputDStream } from '@millrace/core';
import { type FromReceiver, SystemClock, serveReceiver, type ToReceiver, toErrorData } from '@millrace/core/backend';
import { buildPlan } from './build-plan.ts';
import type { Opened, ReceiverThreadData } from './receiver-thread.ts';

const { port, streamId, settings, ...request } = workerData as ReceiverThreadData;

/** Builds the job's plan and runs one of its receivers, until the driver closes the channel. */
async function run(): Promise<void> {
  const ssc = await buildPlan(request);
  const stream = ssc.inputStreams[streamId];
  if (!(stream instanceof ReceiverInputDStream)) throw new TypeError(`input stream ${streamId} has no receiver`);
  serveReceiver(
    stream,
    settings,
    {
      post: (message: FromReceiver) => port.postMessage(message),
      listen(onMessage: (message: ToReceiver) => void, onClosed) {
        port.on('message', onMessage);
        port.once('close', onClosed);
      },
      close: () => port.close(),
    },
    new SystemClock(),
  );
}

run().then(
  () => parentPort?.postMessage({ error: null } satisfies Opened),
  (e: unknown) => parentPort?.postMessage({ error: toErrorData(e) } satisfies Opened),
);
