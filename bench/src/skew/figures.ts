import { type Estimate, estimate, median, type Row } from '@millrace/bench';
import type { BatchTaskInfo, ShuffleMetrics } from '@millrace/core';
import type { CellBatch } from './cell.ts';
import { resampled } from './resampled.ts';

/** What is reported of a cell. */
export interface Figure {
  readonly metric: string;
  readonly unit: string;
  /** Of some batches; null where they have nothing of the kind. */
  of(batches: readonly MeasuredBatch[]): FigureEstimate | null;
}

/** A value with its interval, and where each batch has one, those. */
export type FigureEstimate = Estimate & Pick<Row, 'samples'>;

/** A batch, with the bytes that it would have shuffled between threads; null where they were not measured. */
export interface MeasuredBatch extends CellBatch {
  readonly shuffleBytes: number | null;
}

/** All of them, in the order of the reports. */
export const FIGURES: readonly Figure[] = [
  { metric: 'max over mean of records', unit: '', of: eachBatch(({ tasks }) => maxOverMean(workOf(tasks).records)) },
  { metric: 'max over mean of task time', unit: '', of: taskTimeBalance },
  { metric: 'time of a batch', unit: 'ms', of: eachBatch(({ ms }) => ms) },
  {
    metric: 'bytes shuffled',
    unit: 'MB',
    of: eachBatch(({ shuffleBytes }) => (shuffleBytes === null ? null : shuffleBytes / 1e6)),
  },
  { metric: 'fragments of a split key', unit: '', of: eachBatch(({ tasks }) => meanFragments(tasks.shuffles)) },
  { metric: 'putting split keys together', unit: 'ms', of: eachBatch(({ tasks }) => assemblyMs(tasks.shuffles)) },
  { metric: 'planning', unit: '% of the batch', of: eachBatch(planningShare) },
];

function eachBatch(of: (batch: MeasuredBatch) => number | null): Figure['of'] {
  return (batches) => {
    const samples = batches.map(of).filter((value) => value !== null);
    return samples.length === 0 ? null : { ...estimate(samples), samples };
  };
}

/** The slowest partition over the mean one, of their medians over the batches. */
function taskTimeBalance(batches: readonly MeasuredBatch[]): FigureEstimate {
  const times = batches.map(({ tasks }) => workOf(tasks).ms);
  return resampled(times, (some) =>
    maxOverMean(some[0]!.map((_, partition) => median(some.map((each) => each[partition]!)))),
  );
}

/** A figure of some batches as a row; null where they have nothing of the kind. */
export function figureRow(
  about: Pick<Row, 'suite' | 'contender'>,
  { metric, unit, of }: Figure,
  batches: readonly MeasuredBatch[],
): Row | null {
  const found = of(batches);
  return found === null ? null : { ...about, metric, unit, better: 'lower', ...found };
}

/** What each task had to work on, and how long it took. */
export interface Work {
  readonly records: readonly number[];
  readonly ms: readonly number[];
}

/**
 * The work of the tasks behind the largest shuffle. A join without split keys has both of its sides in the same tasks, and their load is what these have together; with split keys
 * the metrics of each side have counted that already, with the pairs that are made of these. Where no shuffle has several partitions, as where a table goes to all tasks, it is that of the last stage, whose first task in a slot makes the table for all of them.
 */
export function workOf({ shuffles, stages }: Pick<BatchTaskInfo, 'shuffles' | 'stages'>): Work {
  const [first, ...others] = shuffles.filter(({ records }) => records.length > 1);
  if (first === undefined) {
    const tasks = stages.at(-1)?.tasks ?? [];
    const records = tasks.map(({ recordsRead, recordsProbed }) => recordsProbed || recordsRead);
    return { records, ms: tasks.map(({ elapsedMs }) => elapsedMs) };
  }
  // Where state moves or salts are taken off, there is another shuffle, of less.
  const main = others.reduce((a, b) => (sum(b.records) > sum(a.records) ? b : a), first);
  const isOther = (each: ShuffleMetrics) => each !== main && each.operator === main.operator;
  const sides = main.split === null ? [first, ...others].filter(isOther) : [];
  const records = main.records.map((n, i) => sides.reduce((all, side) => all + side.records[i]!, n));
  return { records, ms: main.taskMs };
}

/** Of the batch's time, what the driver has planned; null where nothing was split. */
export function planningShare({ ms, tasks }: CellBatch): number | null {
  const plans = new Map(splitsOf(tasks.shuffles).map(([operator, split]) => [operator, split.planMs]));
  return plans.size === 0 ? null : (100 * sum([...plans.values()])) / ms;
}

/** Over how many partitions a split key lies, in the mean. */
function meanFragments(shuffles: readonly ShuffleMetrics[]): number | null {
  const keys = splitsOf(shuffles).flatMap(([, { keys }]) => keys);
  return keys.length === 0 ? null : sum(keys.map(({ partitions }) => partitions)) / keys.length;
}

/** Of all partitions together; null where nothing is put together, as pairs of joins are not. */
function assemblyMs(shuffles: readonly ShuffleMetrics[]): number | null {
  const times = splitsOf(shuffles).flatMap(([, split]) => split.assemblyMs);
  return times.length === 0 ? null : sum(times);
}

function splitsOf(shuffles: readonly ShuffleMetrics[]) {
  return shuffles.flatMap(({ operator, split }) => (split === null ? [] : [[operator, split] as const]));
}

/** The largest over the mean; 1 where all are 0. */
export function maxOverMean(figures: readonly number[]): number {
  const total = sum(figures);
  return total === 0 ? 1 : (Math.max(...figures) * figures.length) / total;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
