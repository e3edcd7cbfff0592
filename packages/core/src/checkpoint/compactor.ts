import { Worker } from 'node:worker_threads';
import { type ErrorData, fromErrorData } from '../errors/index.ts';
import type { DeltaMerger } from './simulation.ts';

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './worker-compact.ts' : './worker-compact.js',
  import.meta.url,
);

/** Puts deltas of state together in a thread of its own, one chain at a time. The thread begins with the first. */
export class Compactor implements DeltaMerger {
  #worker: Worker | null = null;
  #waiting: PromiseWithResolvers<Uint8Array> | null = null;

  /** @throws MR_DECODE; and when the thread dies */
  merge(deltas: readonly Uint8Array[], operator: string): Promise<Uint8Array> {
    if (this.#waiting !== null) throw new TypeError('one chain after the other');
    this.#worker ??= this.#start();
    const waiting = Promise.withResolvers<Uint8Array>();
    this.#waiting = waiting;
    this.#worker.ref();
    this.#worker.postMessage({ deltas, operator });
    return waiting.promise.finally(() => {
      this.#waiting = null;
      this.#worker?.unref();
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(WORKER);
    worker.on('message', (answer: { merged?: Uint8Array; failed?: ErrorData }) => {
      if (answer.merged !== undefined) this.#waiting?.resolve(answer.merged);
      else this.#waiting?.reject(fromErrorData(answer.failed as ErrorData));
    });
    const gone = (reason: unknown) => {
      if (this.#worker === worker) this.#worker = null;
      this.#waiting?.reject(reason);
    };
    worker.on('error', gone);
    worker.on('exit', (code) => gone(new Error(`the thread that compacts state ended with ${code}`)));
    return worker;
  }
}
