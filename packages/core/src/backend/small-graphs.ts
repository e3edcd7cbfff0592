import type { GraphResult, PlannedInput, StageGraph } from '../lineage/stage-graph.ts';
import type { Program } from '../task/program.ts';

/** Input of a graph that may be small, in all: more is work that several slots should share. */
const MOST_RECORDS = 64;
const MOST_BYTES = 8192;

/** What the tasks of a graph may have taken the last time, in all: spreading less than this costs more than it saves. */
const MOST_MS = 0.25;

/**
 * Graphs whose work costs less than the messages to spread it. They run whole in one slot: one message instead of one for
 * each stage and slot. What a graph costs is known from the last time that one of its shape ran; a few records may be
 * much work.
 */
export class SmallGraphs {
  /** What is known of a shape, by the program of its last stage: milliseconds of all tasks, and its slot. */
  readonly #shapes = new WeakMap<Program, { ms: number; readonly number: number }>();
  #count = 0;

  /**
   * A number for the slot that a graph had better run in alone; null if it had better be spread. Never for what belongs to
   * a slot: state, lasting partitions. A shape keeps its number: a worker that was asked just now answers sooner.
   */
  slotFor(graph: StageGraph): number | null {
    const program = shapeOf(graph);
    const shape = program === null ? undefined : this.#shapes.get(program);
    return shape !== undefined && shape.ms <= MOST_MS && isSmall(graph) ? shape.number : null;
  }

  /** Books what a graph cost. */
  learn(graph: StageGraph, result: GraphResult): void {
    const program = shapeOf(graph);
    if (program === null || graph.stages.length < 2) return;
    let ms = 0;
    for (const { tasks } of result.stages) for (const { elapsedMs } of tasks) ms += elapsedMs;
    const shape = this.#shapes.get(program);
    if (shape === undefined) this.#shapes.set(program, { ms, number: this.#count++ });
    else shape.ms = ms;
  }
}

function isSmall(graph: StageGraph): boolean {
  let records = 0;
  let bytes = 0;
  for (const { tasks, decision, split, shuffle } of graph.stages) {
    if (decision !== null) return false;
    // Pairs of a join have to come to lie where an earlier run of the batch has put them.
    if (split?.kind === 'residues' && (graph.plans?.known(shuffle!.key) ?? null) !== null) return false;
    for (const { inputs, states, keeps } of tasks) {
      if (states.length > 0 || keeps.some((k) => k.kept.lasting)) return false;
      for (const input of inputs) {
        const size = sizeOf(input);
        if (size === null) return false;
        records += size.records;
        bytes += size.bytes;
      }
    }
  }
  return records <= MOST_RECORDS && bytes <= MOST_BYTES;
}

function shapeOf({ stages }: StageGraph): Program | null {
  return stages[stages.length - 1].tasks[0]?.program ?? null;
}

/** Records and bytes that an input brings into the graph; null if that is not known or it lies with a slot. */
function sizeOf(input: PlannedInput): { readonly records: number; readonly bytes: number } | null {
  switch (input.kind) {
    case 'live':
      return { records: input.records.length, bytes: 0 };
    case 'blocks': {
      let records = 0;
      let bytes = 0;
      for (const block of input.blocks) {
        if (block.count < 0) return null;
        records += block.count;
        bytes += block.bytes.length;
      }
      return { records, bytes };
    }
    case 'shuffle':
    case 'fragments':
    case 'wanted':
    case 'pieces':
      return { records: 0, bytes: 0 };
    default:
      return null;
  }
}
