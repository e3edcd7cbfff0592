import type { Pipe, PipeSource, ProgramAggregator, Sink } from '../task/program.ts';

/*
 * Programs as text: two programs with the same text do the same. The operators are part of it, for errors name them.
 */

/** The text of a program. */
export function programSignature(pipe: Pipe, sink: Sink): string {
  return `${pipeSignature(pipe)}>${sinkSignature(sink)}`;
}

function pipeSignature(pipe: Pipe): string {
  let text = sourceSignature(pipe.source);
  for (const step of pipe.steps)
    text +=
      step.kind === 'tee'
        ? `|tee${step.store}`
        : `|${step.kind} ${step.fn} ${step.operator}${step.errors === undefined ? '' : ` !${step.errors.letters}`}`;
  return text;
}

function sourceSignature(source: PipeSource): string {
  switch (source.kind) {
    case 'input':
      return `in${source.input}`;
    case 'shuffle':
      return `read${source.input}:${source.mode}:${source.merge}:${aggregatorSignature(source.aggregator)}:${source.operator}`;
    case 'fragments':
      return `fragments${source.input}:${source.merge}:${aggregatorSignature(source.aggregator)}:${source.operator}`;
    case 'partitions':
      return `parts(${pipeSignature(source.from)},${source.fn},${source.context},${source.operator})`;
    case 'fold':
      return `fold(${pipeSignature(source.from)},${source.create},${source.add},${source.operator})`;
    case 'aggregate':
      return `agg(${pipeSignature(source.from)},${aggregatorSignature(source.aggregator)},${source.merged},${source.operator})`;
    case 'group':
      return `group(${pipeSignature(source.from)},${source.operator})`;
    case 'concat':
      return `cat(${source.from.map(pipeSignature).join(',')})`;
    case 'cogroup':
      return `cogroup(${source.sides.map(pipeSignature).join(',')},${source.pieces},${source.operator})`;
    case 'residues':
      return `residues(${source.sides.map(pipeSignature).join(',')},${source.wanted},${source.operator})`;
    case 'cartesian':
      return `cross(${pipeSignature(source.left)},${pipeSignature(source.right)})`;
    case 'probe':
      return `probe(${pipeSignature(source.from)},${pipeSignature(source.table)},${source.small},${source.keepsAlone},${source.name},${source.operator})`;
    case 'state': {
      const initial = source.initial === null ? '' : pipeSignature(source.initial);
      const arriving = source.arriving === null ? '' : pipeSignature(source.arriving);
      return `state(${source.sides.map(pipeSignature).join(',')};${initial};${arriving};${source.node};${source.action})`;
    }
    case 'stateBefore':
      return `before(${source.node},${source.base})`;
    case 'stateLeaving':
      return `leaving(${source.node},${source.base},${source.moves})`;
    case 'snapshot':
      return `snap(${pipeSignature(source.from)},${source.node})`;
  }
}

function aggregatorSignature(aggregator: ProgramAggregator | null): string {
  return aggregator === null ? '-' : `${aggregator.create}/${aggregator.add}/${aggregator.merge}`;
}

function sinkSignature(sink: Sink): string {
  switch (sink.kind) {
    case 'records':
    case 'none':
      return sink.kind;
    case 'foreach':
      return `foreach ${sink.fn} ${sink.batch} ${sink.operator}`;
    case 'fragments':
      return `fragments ${sink.reducers} ${sink.operator}`;
    case 'residues':
      return `residues ${sink.operator}`;
    case 'shuffle': {
      const { partition } = sink;
      const by =
        partition.kind === 'hash'
          ? 'hash'
          : partition.kind === 'custom'
            ? `custom ${partition.fn} ${partition.name}`
            : partition.kind === 'buckets'
              ? `buckets ${partition.table}`
              : `range ${partition.plan} ${partition.ascending}`;
      return `shuffle ${sink.mode} ${sink.reducers} ${by} ${aggregatorSignature(sink.aggregator)} ${sink.measured} ${sink.operator}`;
    }
  }
}
