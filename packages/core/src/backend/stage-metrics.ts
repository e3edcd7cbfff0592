import type { Stage, StageMetrics } from '../lineage/stage-graph.ts';
import { type ShuffleMetrics, shuffleMetrics } from '../skew/shuffle-metrics.ts';
import type { TaskMetrics } from '../task/program.ts';
import type { Done } from './task-attempt.ts';

/** A task that has read what a shuffle has for a reducer. */
interface Reader {
  readonly reducer: number;
  readonly metrics: TaskMetrics;
}

/** Figures of the stages of a graph that has run. @param done what their tasks gave, by stage */
export function stageMetrics(stages: readonly Stage[], done: readonly (readonly Done[])[]): StageMetrics[] {
  const readers = new Map<number, Reader[]>();
  for (const stage of stages) {
    for (const [i, { inputs }] of stage.tasks.entries()) {
      for (const input of inputs) {
        if (input.kind !== 'shuffle') continue;
        const reader = { reducer: input.reducer, metrics: done[stage.id][i].output.metrics };
        const known = readers.get(input.stage);
        if (known === undefined) readers.set(input.stage, [reader]);
        else known.push(reader);
      }
    }
  }
  return stages.map((stage) => metricsOf(stage, done[stage.id], readers.get(stage.id) ?? []));
}

function metricsOf(stage: Stage, done: readonly Done[], readers: readonly Reader[]): StageMetrics {
  const shuffle = shuffleOf(stage, done, readers);
  return {
    operators: stage.operators,
    tasks: done.map((d) => d.output.metrics),
    shuffleBytes: sum(shuffle?.bytes ?? []),
    shuffleRecords: sum(shuffle?.records ?? []),
    shuffle,
  };
}

function shuffleOf(stage: Stage, done: readonly Done[], readers: readonly Reader[]): ShuffleMetrics | null {
  if (stage.shuffle === null) return null;
  const sink = stage.tasks[0]?.program.sink;
  const operator = sink?.kind === 'shuffle' ? sink.operator : '';
  const outputs = done.map(({ output }) => output);
  return shuffleMetrics(operator, stage.shuffle.reducers, outputs, readers);
}

const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
