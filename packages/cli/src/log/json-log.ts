import type { BatchInfo, Clock, ReceiverInfo } from '@millrace/core';
import { errorChain } from './error-text.ts';
import { failuresOf, type ReplayTotals, type RunLog, type RunTotals, type StopReason } from './events.ts';

/** How a run is written down for programs. */
export interface JsonLogOptions {
  readonly write: (text: string) => void;
  readonly clock: Clock;
  /** Gives errors their stacks. */
  readonly verbose: boolean;
  /** Leaves out batches that went well. */
  readonly quiet: boolean;
}

/** What each partition of a source had behind the batch, as Kafka's stream says it. */
const isLag = (lag: unknown): boolean => Array.isArray(lag) && lag.length > 0;

/** One JSON object a line. The names of events and fields are documented in the README and only ever added to. */
export class JsonLog implements RunLog {
  readonly #options: JsonLogOptions;

  constructor(options: JsonLogOptions) {
    this.#options = options;
  }

  started(job: Parameters<RunLog['started']>[0]): void {
    this.#write('started', job);
  }

  healthAt(url: string): void {
    this.#write('health', { url });
  }

  batch(batch: BatchInfo): void {
    const failures = failuresOf(batch);
    if (this.#options.quiet && failures.length === 0) return;
    const fields = {
      batchTime: batch.batchTime,
      batchIntervalMs: batch.batchInterval,
      records: batch.numRecords,
      schedulingDelayMs: rounded(batch.schedulingDelay),
      processingDelayMs: rounded(batch.processingDelay),
      totalDelayMs: rounded(batch.totalDelay),
      tasks: batch.tasks?.numTasks ?? 0,
      slowestTaskMs: rounded(batch.tasks?.slowestTaskMs ?? 0),
      shuffleRecords: batch.tasks?.shuffleRecords ?? 0,
      shuffleBytes: batch.tasks?.shuffleBytes ?? 0,
      ...(batch.recordFailures.size === 0
        ? {}
        : { recordFailures: [...batch.recordFailures].map(([operator, counts]) => ({ operator, ...counts })) }),
      inputs: [...batch.streamIdToInputInfo.values()].map(({ inputStreamId, numRecords, metadata, flow }) => ({
        id: inputStreamId,
        records: numRecords,
        ...(typeof metadata['Description'] === 'string' ? { description: metadata['Description'] } : {}),
        ...(isLag(metadata['lag']) ? { lag: metadata['lag'] } : {}),
        ...flow,
      })),
    };
    if (failures.length === 0) this.#write('batch', fields);
    else this.#write('batch-failed', { ...fields, failures });
  }

  intervalChanged({ fromMs, toMs, reason }: Parameters<RunLog['intervalChanged']>[0]): void {
    this.#write('interval-changed', { fromMs, toMs, reason });
  }

  receiver(what: 'started' | 'error' | 'stopped', receiver: ReceiverInfo): void {
    const { streamId, name, location, lastErrorMessage, lastError } = receiver;
    this.#write(`receiver-${what}`, {
      id: streamId,
      name,
      location,
      ...(lastErrorMessage === '' ? {} : { message: lastErrorMessage }),
      ...(lastError === '' ? {} : { error: lastError }),
    });
  }

  warning(message: string): void {
    this.#write('warning', { message });
  }

  error(error: unknown): void {
    const [first, ...causes] = errorChain(error, { stacks: this.#options.verbose });
    this.#write('error', { ...first, ...(causes.length === 0 ? {} : { causes }) });
  }

  stopping(reason: StopReason, graceful: boolean): void {
    this.#write('stopping', { reason, graceful });
  }

  stopped(totals: RunTotals): void {
    this.#write('stopped', totals);
  }

  replayed(totals: ReplayTotals): void {
    this.#write('replayed', totals);
  }

  #write(event: string, fields: object): void {
    const { clock, write } = this.#options;
    write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), event, ...fields })}\n`);
  }
}

/** Microseconds are enough. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
