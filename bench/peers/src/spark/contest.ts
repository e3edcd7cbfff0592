import { join } from 'node:path';
import {
  type Contender,
  DEFAULT_BACKENDS,
  engineContenders,
  type Laps,
  loopContender,
  race,
  type SuiteContext,
} from '@millrace/bench';
import { type SparkEntry, sparkContender } from './contender.ts';
import { type Plan, writeLines } from './plan.ts';
import { Scratch } from './scratch.ts';
import type { Work } from './tasks.ts';

/** What a program on Spark gets, and how much it delivers of that. */
type SparkInput = Pick<SparkEntry, 'file' | 'plan' | 'delivered'>;

/** What is run besides, and how. */
interface ContestOptions {
  /** Other programs on Spark than those of Spark Streaming. */
  readonly others?: (input: SparkInput) => readonly Contender[];
}

/** Ids of the contenders, by which ratios name them. */
export const IDS = {
  single: 'single',
  threads2: 'threads(2)',
  spark1: 'spark-streaming-1',
  spark2: 'spark-streaming-2',
} as const;

const TITLES: Readonly<Record<string, string>> = {
  [IDS.single]: 'Millrace single',
  [IDS.threads2]: 'Millrace threads(2)',
};

/** Runs a job in turns by hand, on Millrace and on Spark, on the same batches; outputs are compared before anything is timed. */
export async function compete(
  work: Work,
  plan: Plan,
  context: SuiteContext,
  { others }: ContestOptions = {},
): Promise<Laps> {
  const { loop, job, params, main, checkpoint } = work;
  using scratch = new Scratch();
  const file = join(scratch.path, 'lines');
  writeLines(file, plan.batches);
  const entries = (numbers: readonly number[]) => numbers.map((n) => plan.batches[n]!);
  const preload = () => entries(plan.preload);
  const batches = (n: number) => entries(plan.run(n));
  const engine = {
    job,
    params,
    preload,
    batches,
    ...(checkpoint ? { checkpoint: (backend: string) => join(scratch.path, `checkpoint-${backend}`) } : {}),
  };
  const input = { file, plan, delivered: plan.batches.map(work.delivered) };
  const spark = { ...input, main, checkpoint };
  const contenders: Contender[] = [
    loopContender({ loop, preload, batches }),
    ...engineContenders(engine, DEFAULT_BACKENDS).map((each) => ({ ...each, title: TITLES[each.id] ?? each.title })),
    sparkContender({ ...spark, id: IDS.spark1, title: 'Spark Streaming local[1]', cores: 1 }),
    sparkContender({ ...spark, id: IDS.spark2, title: 'Spark Streaming local[2]', cores: 2 }),
    ...(others?.(input) ?? []),
  ];
  return await race(contenders, context);
}
