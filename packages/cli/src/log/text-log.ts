import type { BatchInfo, ReceiverInfo } from '@millrace/core';
import { errorText } from './error-text.ts';
import { failuresOf, type ReplayTotals, type RunLog, type RunTotals, type StopReason } from './events.ts';
import { flowTotals } from './flow-totals.ts';

/** How a run is written down for people. */
export interface TextLogOptions {
  readonly write: (text: string) => void;
  /** Shows stacks of errors. */
  readonly verbose: boolean;
  /** Leaves out the lines of batches that went well. */
  readonly quiet: boolean;
}

const REASONS: Readonly<Record<StopReason, string>> = {
  SIGINT: 'Ctrl-C',
  SIGTERM: 'SIGTERM',
  'max-batches': '--max-batches is reached',
  'output-closed': 'standard output was closed',
};

/**
 * A line for each batch, at a terminal and elsewhere. It is not rewritten in place: the job prints to the same screen, and
 * a line that is rewritten would be torn by that.
 */
export class TextLog implements RunLog {
  readonly #options: TextLogOptions;

  constructor(options: TextLogOptions) {
    this.#options = options;
  }

  started({ job, backend, batchIntervalMs }: Parameters<RunLog['started']>[0]): void {
    this.#say(`${job} runs on ${backend}, a batch every ${batchIntervalMs} ms; Ctrl-C stops it in order`);
  }

  healthAt(url: string): void {
    this.#say(`health at ${url}/health, for probes /livez and /readyz`);
  }

  batch(batch: BatchInfo): void {
    const failures = failuresOf(batch);
    if (this.#options.quiet && failures.length === 0) return;
    this.#options.write(`${batchLine(batch)}\n`);
    for (const { output, reason } of failures) this.#say(`the output ${output} failed: ${reason}`);
  }

  intervalChanged({ fromMs, toMs, reason }: Parameters<RunLog['intervalChanged']>[0]): void {
    this.#say(`the batch interval changes from ${fromMs} ms to ${toMs} ms: ${reason}`);
  }

  receiver(what: 'started' | 'error' | 'stopped', { name, location, lastErrorMessage, lastError }: ReceiverInfo): void {
    const why = [lastErrorMessage, lastError].filter((text) => text !== '').join(': ');
    if (what === 'error') this.#say(`receiver ${name}: error: ${why}`);
    else if (what === 'started') this.#say(`receiver ${name} started (${location})`);
    // What it complained of last, maybe long ago, need not be why it stopped.
    else
      this.#say(`receiver ${name} stopped${/^(stopped by the context)?$/.test(why) ? '' : `; its last error: ${why}`}`);
  }

  warning(message: string): void {
    this.#say(`warning: ${message}`);
  }

  error(error: unknown): void {
    const { verbose } = this.#options;
    this.#say(errorText(error, { stacks: verbose }) + (verbose ? '' : '\n  (--verbose shows the stacks)'));
  }

  stopping(reason: StopReason, graceful: boolean): void {
    this.#say(
      graceful
        ? `stopping in order (${REASONS[reason]}): what was received is processed first; a second Ctrl-C stops at once`
        : `stopping (${REASONS[reason]})`,
    );
  }

  stopped({ batches, failedBatches, records }: RunTotals): void {
    const failed = failedBatches === 0 ? '' : `, ${number(failedBatches)} failed`;
    this.#say(`stopped after ${number(batches)} batches${failed}, ${number(records)} records`);
  }

  replayed({ letters, replayed, failedAgain, withoutRecord }: ReplayTotals): void {
    const parts = [
      `${number(letters)} letters read`,
      `${number(replayed)} replayed`,
      `${number(failedAgain)} failed again`,
    ];
    const left = letters - withoutRecord - replayed;
    if (left > 0) parts.push(`${number(left)} not replayed`);
    if (withoutRecord > 0) parts.push(`${number(withoutRecord)} without their record`);
    this.#say(parts.join(', '));
  }

  #say(text: string): void {
    this.#options.write(`millrace: ${text}\n`);
  }
}

/** The status line of a batch: its time, records, how long it took and waited, and how intake goes. */
export function batchLine(batch: BatchInfo): string {
  const { batchTime, processingDelay, schedulingDelay } = batch;
  const parts = [
    new Date(batchTime).toISOString(),
    intakeText(batch),
    `took ${ms(processingDelay)}`,
    `waited ${ms(schedulingDelay)}`,
  ];
  const flow = flowTotals(batch);
  if (flow !== null) {
    if (flow.rateLimit !== null) parts.push(`limit ${number(flow.rateLimit)}/s`);
    parts.push(`lag ${number(flow.waitingRecords)}`);
    if (flow.refused > 0) parts.push(`refused ${number(flow.refused)}`);
    if (flow.dropped > 0) parts.push(`dropped ${number(flow.dropped)}`);
  }
  for (const [operator, { dropped, deadLetters }] of batch.recordFailures) {
    const counts = [];
    if (dropped > 0) counts.push(`${number(dropped)} dropped`);
    if (deadLetters > 0) counts.push(`${number(deadLetters)} dead letters`);
    parts.push(`failed in ${operator}: ${counts.join(', ')}`);
  }
  return parts.join('  ');
}

/** What a batch has got: records, and files, whose records nobody counts before they are read. */
function intakeText({ batchInterval, numRecords, streamIdToInputInfo }: BatchInfo): string {
  let files = 0;
  for (const { metadata } of streamIdToInputInfo.values())
    if (Array.isArray(metadata?.files)) files += metadata.files.length;
  const records = `${number(numRecords)} records (${number((numRecords * 1000) / batchInterval)}/s)`;
  if (files === 0) return records;
  const text = `${number(files)} ${files === 1 ? 'file' : 'files'}`;
  return numRecords === 0 ? text : `${records} and ${text}`;
}

/** A delay a little below zero is that of two clocks which differ by less than a millisecond. */
function ms(value: number | null): string {
  return value === null ? '?' : `${number(Math.max(0, value))} ms`;
}

/** Whole, with separators, the same in every locale. */
function number(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
