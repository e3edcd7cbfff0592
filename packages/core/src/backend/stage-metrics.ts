import type { Stage, StageMetrics } from '../lineage/stage-graph.ts';
import type { Done } from './task-attempt.ts';

/** Figures of a stage that has run. */
export function stageMetrics(stage: Stage, done: readonly Done[]): StageMetrics {
  let shuffleBytes = 0;
  let shuffleRecords = 0;
  if (stage.shuffle !== null) {
    for (const { output } of done) {
      for (const bucket of output.buckets ?? []) {
        if (bucket === null) continue;
        shuffleRecords += bucket.count;
        if (bucket.kind === 'bytes') shuffleBytes += bucket.bytes.length;
      }
    }
  }
  return { operators: stage.operators, tasks: done.map((d) => d.output.metrics), shuffleBytes, shuffleRecords };
}
