import type { BatchesReport, CheckpointReport, InputReport, LogSummary, StateReport } from '@millrace/core';
import { shortValue } from './plain-value.ts';
import { facts, table } from './table.ts';

/** As much of a value as fits on a line beside its name. */
const SHOWN = 100;
/** Times that are written out one by one. */
const SHOWN_TIMES = 5;

/** A checkpoint for people. */
export function reportText(report: CheckpointReport): string {
  const { owner, store, log } = report;
  const blocks = [
    facts([
      ['checkpoint', report.dir],
      ['job', report.job ?? 'none has begun'],
      ['format', String(report.format)],
      ['owner', owner === null ? 'none: it was closed' : `process ${owner.pid}, since ${owner.since}, ${owner.status}`],
      ['store', `${size(store.bytes)}, ${count(store.entries)} entries, written ${time(store.lastWriteMs)}`],
      ...(store.verified ? [] : [['checksums', 'not all looked at: its job writes too fast'] as const]),
      ...batchFacts(report),
    ]),
    inputLines(report.inputs),
    stateLines(report.states),
    report.accumulators.length === 0
      ? ['accumulators: none']
      : [
          'accumulators',
          ...table(
            [{ name: 'name' }, { name: 'value' }],
            report.accumulators.map(({ name, value }) => [name, shortValue(value, SHOWN)]),
          ),
        ],
    log === null ? ['write-ahead log: none'] : logLines(log),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function batchFacts({ batches, batchIntervalMs }: CheckpointReport): (readonly [string, string])[] {
  if (batchIntervalMs === null) return [];
  const { completed, lastCompleted, pending, failed, skipped, lastIntervalMs } = batches;
  const now =
    lastIntervalMs === null || lastIntervalMs === batchIntervalMs ? '' : `, the last after ${lastIntervalMs} ms`;
  return [
    ['interval', `${batchIntervalMs} ms${now}`],
    ['completed', `${count(completed)} remembered, the last ${lastCompleted === null ? 'none' : time(lastCompleted)}`],
    ['pending', pending.length === 0 ? 'none' : `${count(pending.length)}: ${times(pending)}`],
    ...failed.map(({ time: at, reason }) => ['failed', `${time(at)}: ${reason.split('\n')[0]}`] as const),
    ...skippedFacts(skipped),
  ];
}

function skippedFacts(skipped: BatchesReport['skipped']): (readonly [string, string])[] {
  return skipped.map(({ from, to, stepMs }) => [
    'skipped',
    `${count((to - from) / stepMs + 1)}, from ${time(from)} to ${time(to)}`,
  ]);
}

function inputLines(inputs: readonly InputReport[]): string[] {
  if (inputs.length === 0) return ['inputs: none'];
  const lines = table(
    [
      { name: 'name' },
      { name: 'stored batches', right: true },
      { name: 'records', right: true },
      { name: 'size', right: true },
    ],
    inputs.map(({ name, stored }) => [name, count(stored.batches), count(stored.records), size(stored.bytes)]),
  );
  const where = inputs.flatMap(({ name, lastBatch, progress, stored: { lastRanges } }) => [
    ...(lastBatch === null || lastBatch.saved === null
      ? []
      : [`  ${name} at ${time(lastBatch.time)}: ${shortValue(lastBatch.saved, SHOWN)}`]),
    ...(lastRanges.length === 0 ? [] : [`  ${name}, last ranges: ${shortValue(lastRanges, SHOWN)}`]),
    ...(progress === null ? [] : [`  ${name} goes on behind: ${shortValue(progress, SHOWN)}`]),
  ]);
  return ['inputs', ...lines, ...where];
}

function stateLines(states: readonly StateReport[]): string[] {
  if (states.length === 0) return ['state: none'];
  const right = true;
  const lines = table(
    [
      { name: 'operator' },
      { name: 'kind' },
      { name: 'keys', right },
      { name: 'size', right },
      { name: 'partitions', right },
      { name: 'deltas', right },
      { name: 'panes', right },
      { name: 'kept', right },
      { name: 'at' },
    ],
    states.map((s) => [
      s.name,
      s.kind,
      count(s.keys),
      size(s.bytes),
      count(s.partitions),
      count(s.deltas),
      count(s.panes),
      size(s.kept.bytes),
      time(s.time),
    ]),
  );
  const samples = states
    .filter(({ sampleKeys }) => sampleKeys.length > 0)
    .map(({ name, sampleKeys }) => `  some keys of ${name}: ${sampleKeys.map((k) => shortValue(k, 40)).join('  ')}`);
  return ['state', ...lines, ...samples];
}

function logLines({ dir, segments, bytes, blocks, records, streams, torn, damaged }: LogSummary): string[] {
  const right = true;
  return [
    'write-ahead log',
    ...facts([
      ['  directory', dir],
      ['  size', `${size(bytes)} in ${count(segments)} ${segments === 1 ? 'segment' : 'segments'}`],
      ['  holds', `${count(records)} records in ${count(blocks)} blocks`],
      ['  end', torn ? 'torn: not written to its end, by a process that died or is writing it now' : 'whole'],
      ...damaged.map(({ file, offset, what }) => ['  damaged', `${file} at byte ${offset}: ${what}`] as const),
    ]),
    ...(streams.length === 0
      ? []
      : table(
          [{ name: 'stream' }, { name: 'blocks', right }, { name: 'records', right }, { name: 'size', right }],
          streams.map((s) => [s.name, count(s.blocks), count(s.records), size(s.bytes)]),
        )),
  ];
}

function times(all: readonly number[]): string {
  const rest = all.length - SHOWN_TIMES;
  return `${all.slice(0, SHOWN_TIMES).map(time).join(', ')}${rest > 0 ? ` and ${count(rest)} more` : ''}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** With separators, the same in every locale. */
function count(n: number): string {
  return n.toLocaleString('en-US');
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}
