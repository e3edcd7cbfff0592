import type { Stage, StageMetrics } from '../lineage/stage-graph.ts';
import { bucketLoads } from '../skew/bucket-loads.ts';
import { joinMetrics, type ShuffleMetrics, type ShuffleReader, shuffleMetrics } from '../skew/shuffle-metrics.ts';
import type { GraphSplits } from './graph-splits.ts';
import type { Done } from './task-attempt.ts';

/** Who has read the shuffles of a graph, by stage: the buckets of map tasks, and what was made of split keys. */
interface Readers {
  readonly buckets: ReadonlyMap<number, readonly ShuffleReader[]>;
  readonly fragments: ReadonlyMap<number, readonly ShuffleReader[]>;
}

/**
 * Figures of the stages of a graph that have run.
 * @param done what their tasks gave, by stage
 */
export function stageMetrics(
  stages: readonly Stage[],
  done: readonly (readonly Done[])[],
  splits: GraphSplits,
): StageMetrics[] {
  const readers: Readers = {
    buckets: readersOf(stages, done, 'shuffle'),
    fragments: readersOf(stages, done, 'fragments'),
  };
  return stages
    .filter((stage) => splits.isWanted(stage))
    .map((stage) => metricsOf(stage, done[stage.id], readers, splits));
}

function readersOf(
  stages: readonly Stage[],
  done: readonly (readonly Done[])[],
  kind: 'shuffle' | 'fragments',
): ReadonlyMap<number, readonly ShuffleReader[]> {
  const readers = new Map<number, ShuffleReader[]>();
  for (const stage of stages) {
    for (const [i, { inputs }] of stage.tasks.entries()) {
      const metrics = done[stage.id][i]?.output.metrics;
      for (const input of inputs) {
        if (metrics === undefined || input.kind !== kind) continue;
        const known = readers.get(input.stage) ?? [];
        readers.set(input.stage, known);
        known.push({ reducer: input.reducer, metrics });
      }
    }
  }
  return readers;
}

function metricsOf(stage: Stage, done: readonly Done[], readers: Readers, splits: GraphSplits): StageMetrics {
  const places = stage.shuffle?.places;
  const shuffle = stage.split === null && places?.kind !== 'move' ? shuffleOf(stage, done, readers, splits) : null;
  return {
    ...placesOf(stage, done, shuffle),
    operators: stage.operators,
    tasks: done.map((d) => d.output.metrics),
    shuffleBytes: stage.shuffle === null ? 0 : bytesOf(done),
    shuffleRecords: sum(shuffle?.records ?? []),
    shuffle,
  };
}

/** What a stage says of where keys of a state lie. */
function placesOf(
  { shuffle, tasks }: Stage,
  done: readonly Done[],
  metrics: ShuffleMetrics | null,
): Pick<StageMetrics, 'bucketLoads' | 'moved'> {
  const places = shuffle?.places;
  if (places?.kind === 'load' && metrics !== null) {
    const sampled = done.map(({ output }) => output.sampled ?? []);
    return { bucketLoads: bucketLoads(metrics.records, sampled, places.table) };
  }
  if (places?.kind !== 'move') return {};
  const { from, to } = places.moves;
  const buckets = to.flatMap((partition, bucket) =>
    partition === from[bucket] ? [] : [{ bucket, from: from[bucket] as number, to: partition }],
  );
  return {
    moved: { operator: operatorOf(tasks), buckets, keys: sum(done.map(({ output }) => output.metrics.recordsWritten)) },
  };
}

function shuffleOf(
  stage: Stage,
  done: readonly Done[],
  { buckets, fragments }: Readers,
  splits: GraphSplits,
): ShuffleMetrics | null {
  if (stage.shuffle === null) return null;
  const operator = operatorOf(stage.tasks);
  const outputs = done.map(({ output }) => output);
  const readers = buckets.get(stage.id) ?? [];
  const { reducers, side } = stage.shuffle;
  const about = { operator, reducers, side };
  const join = splits.join(stage.id);
  if (join !== null) return joinMetrics(shuffleMetrics(about, outputs, readers), join);
  // Fragments that nobody has worked on are not there: the shuffle of a join may have runs, and no fragment tasks.
  const sharers = fragments.get(stage.id);
  const plan = sharers === undefined ? null : splits.of(stage.id);
  if (sharers === undefined || plan === null) return shuffleMetrics(about, outputs, readers);
  return shuffleMetrics(about, outputs, sharers, { plan, planMs: splits.planMs(stage.id), assemblers: readers });
}

function operatorOf(tasks: Stage['tasks']): string {
  const sink = tasks[0]?.program.sink;
  return sink?.kind === 'shuffle' ? sink.operator : '';
}

function bytesOf(done: readonly Done[]): number {
  let bytes = 0;
  for (const { output } of done)
    for (const bucket of output.buckets ?? []) if (bucket?.kind === 'bytes') bytes += bucket.bytes.length;
  return bytes;
}

const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);
