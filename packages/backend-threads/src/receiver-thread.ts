import { MessageChannel, Worker } from 'node:worker_threads';
import { type ErrorData, fromErrorData, type ReceiverChannel, type ReceiverSettings } from '@millrace/core/backend';
import type { PlanRequest } from './build-plan.ts';
import { heapLimits } from './heap-limits.ts';
import type { ThreadsOptions } from './options.ts';

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './worker-of-receiver.ts' : './worker-of-receiver.js',
  import.meta.url,
);

/** What a thread for a receiver is started with. */
export interface ReceiverThreadData extends PlanRequest {
  readonly streamId: number;
  readonly settings: ReceiverSettings;
  readonly port: import('node:worker_threads').MessagePort;
}

/** The first thing that the thread says; after it the two ends of the channel talk to each other. */
export type Opened = { readonly error: ErrorData | null };

/**
 * Starts a thread of its own for a receiver: the threads of the tasks are busy with tasks, and a sender is not to wait for them.
 * @throws what building the plan throws there
 */
export async function startReceiverThread(
  request: PlanRequest,
  streamId: number,
  settings: ReceiverSettings,
  options: ThreadsOptions,
): Promise<ReceiverChannel> {
  const { port1, port2 } = new MessageChannel();
  const { resourceLimits, execArgv } = options;
  const workerData: ReceiverThreadData = { ...request, streamId, settings, port: port2 };
  const worker = new Worker(WORKER, {
    workerData,
    transferList: [port2],
    ...heapLimits(resourceLimits),
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
  });
  const opened = Promise.withResolvers<Opened>();
  worker.once('message', opened.resolve);
  worker.once('error', opened.reject);
  worker.once('exit', (code) => opened.reject(new Error(`the thread of a receiver ended with code ${code}`)));
  let onClosed: (() => void) | null = null;
  // Closing the port is how it is told to end; a thread that dies closes it, too.
  worker.on('error', (e: unknown) => {
    process.emitWarning(`an exception in the thread of a receiver: ${String(e)}`, 'MillraceWarning');
  });
  try {
    const { error } = await opened.promise;
    if (error !== null) throw fromErrorData(error);
  } catch (e) {
    await worker.terminate();
    port1.close();
    throw e;
  }
  return {
    post: (message) => port1.postMessage(message),
    listen(onMessage, closed) {
      onClosed = closed;
      port1.on('message', onMessage);
      worker.once('exit', () => {
        port1.close();
        const tell = onClosed;
        onClosed = null;
        tell?.();
      });
    },
    close() {
      onClosed = null;
      port1.close();
      void worker.terminate();
    },
  };
}
