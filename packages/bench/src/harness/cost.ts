import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { StreamingContext, StreamingListener } from '@millrace/core';

/** What a run cost, besides time. */
export interface Cost {
  /** Of all threads of the process, user and system. */
  readonly cpuSeconds: number;
  /** The most that the process had in memory since it began. */
  readonly peakRssBytes: number;
  /** Live objects of the driver after a forced collection. */
  readonly heapBytes: number;
  /** Time that the driver's garbage collector stopped it. */
  readonly gcMs: number;
  /** How late the driver's event loop was, of 100 looks in a row the worst (p99), in ms. */
  readonly eventLoopDelayMs: number;
  /** Encoded for other threads or for the driver, by tasks: what is between stages and what is delivered. */
  readonly serializedBytes: number;
  /** Written to disks by all threads of the process, to the file system's cache at least; 0 on systems that do not tell. */
  readonly writtenBytes: number;
  /** Encoded for other threads, between stages. */
  readonly shuffleBytes: number;
  readonly shuffleRecords: number;
  readonly tasks: number;
}

/** More than the distance of two looks at the event loop. */
const TURN_MS = 2;
/** Of what `getrusage` counts as writes, in bytes. */
const WRITE_UNIT = 512;

/** Watches what a job costs, from `begin` to `end`. */
export class CostMeter {
  readonly #cpu = process.cpuUsage();
  readonly #written = process.resourceUsage().fsWrite;
  readonly #delay = monitorEventLoopDelay({ resolution: 1 });
  readonly #ssc: StreamingContext;
  readonly #collector: PerformanceObserver;
  #gcMs = 0;
  #serializedBytes = 0;
  #shuffleBytes = 0;
  #shuffleRecords = 0;
  #tasks = 0;

  /** Begins to watch. */
  static async begin(ssc: StreamingContext): Promise<CostMeter> {
    const meter = new CostMeter(ssc);
    // How late the event loop is counts from one look at it to the next: a first one has to be there.
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    return meter;
  }

  private constructor(ssc: StreamingContext) {
    this.#collector = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#gcMs += duration;
    });
    this.#collector.observe({ entryTypes: ['gc'] });
    this.#delay.enable();
    this.#ssc = ssc;
    ssc.addStreamingListener(this.#listener);
  }

  readonly #listener: StreamingListener = {
    onBatchCompleted: ({ batchInfo: { tasks } }) => {
      this.#tasks += tasks?.numTasks ?? 0;
      for (const stage of tasks?.stages ?? [])
        for (const { bytesWritten } of stage.tasks) this.#serializedBytes += bytesWritten;
      this.#shuffleBytes += tasks?.shuffleBytes ?? 0;
      this.#shuffleRecords += tasks?.shuffleRecords ?? 0;
    },
  };

  /** Ends watching. */
  async end(): Promise<Cost> {
    const { user, system } = process.cpuUsage(this.#cpu);
    const written = process.resourceUsage().fsWrite - this.#written;
    // A job that never waits has its lateness, and its collections of garbage, told only when the loop turns again, and the latter two turns later.
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    this.#delay.disable();
    this.#collector.disconnect();
    this.#ssc.removeStreamingListener(this.#listener);
    globalThis.gc?.();
    return {
      cpuSeconds: (user + system) / 1e6,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      heapBytes: process.memoryUsage().heapUsed,
      gcMs: this.#gcMs,
      eventLoopDelayMs: Math.max(0, this.#delay.percentile(99) / 1e6 - 1),
      serializedBytes: this.#serializedBytes,
      writtenBytes: written * WRITE_UNIT,
      shuffleBytes: this.#shuffleBytes,
      shuffleRecords: this.#shuffleRecords,
      tasks: this.#tasks,
    };
  }
}
