import type { Clock } from '@millrace/core';
import type { StopReason } from '../log/events.ts';

/** What happens to the process while a job runs, as far as the job is concerned. */
export interface ProcessEvents {
  /** The first SIGINT or SIGTERM, or the reader of standard output has gone. */
  readonly stop: (reason: StopReason) => void;
  /** A signal after the first. */
  readonly stopAtOnce: (signal: 'SIGINT' | 'SIGTERM') => void;
  readonly warning: (message: string) => void;
  /** An exception or a rejection that nobody caught: the state of the process is unknown. */
  readonly uncaught: (error: unknown) => void;
  /** The process ends now, whoever ends it: the job may do so itself. What is written here is the last. */
  readonly exit: (code: number) => void;
}

/**
 * Listens until it is disposed, and keeps the process alive for so long: a batch may wait for something that does not.
 * Warnings of Node go to `warning` alone: printed as well, they would break a JSON log.
 */
export function listenToProcess(clock: Clock, events: ProcessEvents): Disposable {
  const { stop, stopAtOnce, warning, uncaught, exit } = events;
  const release = clock.at(Number.POSITIVE_INFINITY, () => {});
  let signals = 0;
  const onSignal = (signal: 'SIGINT' | 'SIGTERM') => (signals++ === 0 ? stop(signal) : stopAtOnce(signal));
  let open = true;
  const onOutputError = (e: Error & { readonly code?: string }) => {
    if (e.code !== 'EPIPE') return uncaught(e);
    if (open) stop('output-closed');
    open = false;
  };
  const onWarning = (w: Error) => warning(`${w.name}: ${w.message}`);
  const printing = process.listeners('warning');
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('uncaughtException', uncaught).on('exit', exit);
  process.stdout.on('error', onOutputError);
  // None are there when Node was started with --no-warnings.
  if (printing.length > 0) {
    for (const listener of printing) process.off('warning', listener);
    process.on('warning', onWarning);
  }
  return {
    [Symbol.dispose]() {
      release();
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('uncaughtException', uncaught).off('exit', exit);
      process.stdout.off('error', onOutputError);
      process.off('warning', onWarning);
      for (const listener of printing) process.on('warning', listener);
    },
  };
}
