import { describe, expect, it } from 'vitest';
import { emptyKept } from '../lineage/rdd-node.ts';
import type { GraphResult, PlannedInput, PlannedTask, StageGraph } from '../lineage/stage-graph.ts';
import type { Program } from '../task/program.ts';
import { SmallGraphs } from './small-graphs.ts';

const pipe = { source: { kind: 'input', input: 0 }, steps: [] } as const;
const program: Program = { signature: 'x', pipe, sink: { kind: 'records' } };

function graph(inputs: readonly PlannedInput[], task: Partial<PlannedTask> = {}): StageGraph {
  const planned: PlannedTask = { partition: 0, program, inputs, args: [], keeps: [], states: [], ...task };
  const stage = { tasks: [planned], decision: null, operators: [], split: null };
  return {
    time: 1,
    broadcasts: new Map(),
    stages: [
      { ...stage, id: 0, needs: [], shuffle: { key: 'k', reducers: 1, sets: 1, splits: false, side: null } },
      {
        ...stage,
        id: 1,
        needs: [0],
        shuffle: null,
        tasks: [{ ...planned, inputs: [{ kind: 'shuffle', stage: 0, reducer: 0, fragments: null }] }],
      },
    ],
  };
}

function cost(elapsedMs: number): GraphResult {
  const metrics = {
    elapsedMs,
    recordsRead: 0,
    recordsWritten: 0,
    bytesWritten: 0,
    recordsCombined: 0,
    recordsProbed: 0,
    bucketBytes: 0,
  };
  return {
    partitions: [],
    accumulated: [],
    stages: [{ operators: [], tasks: [metrics], shuffleBytes: 0, shuffleRecords: 0, shuffle: null }],
  };
}

const records = (n: number): PlannedInput => ({ kind: 'live', records: new Array(n).fill(0), operator: 'input' });

describe('a graph runs alone in a slot', () => {
  it('only after one of its shape cost next to nothing', () => {
    const small = new SmallGraphs();
    expect(small.slotFor(graph([records(2)]))).toBeNull();
    small.learn(graph([records(2)]), cost(0.05));
    expect(small.slotFor(graph([records(2)]))).toBe(0);
    // Two records may be much work: one slow batch, and the next is spread again.
    small.learn(graph([records(2)]), cost(40));
    expect(small.slotFor(graph([records(2)]))).toBeNull();
  });

  it('only with few records and bytes', () => {
    const small = new SmallGraphs();
    small.learn(graph([]), cost(0.05));
    expect(small.slotFor(graph([records(65)]))).toBeNull();
    const block = { codec: 'lines', count: 1, bytes: new Uint8Array(9000) };
    expect(small.slotFor(graph([{ kind: 'blocks', blocks: [block] }]))).toBeNull();
    expect(small.slotFor(graph([{ kind: 'blocks', blocks: [{ ...block, bytes: new Uint8Array(10) }] }]))).toBe(0);
    expect(
      small.slotFor(graph([{ kind: 'blocks', blocks: [{ codec: 'lines', count: -1, bytes: new Uint8Array(1) }] }])),
    ).toBeNull();
  });

  it('never with state, lasting partitions, or what lies with a slot', () => {
    const small = new SmallGraphs();
    small.learn(graph([]), cost(0.05));
    expect(small.slotFor(graph([records(1)], { states: ['s'] }))).toBeNull();
    const kept = (lasting: boolean) => [{ key: 'k', partition: 0, kept: { ...emptyKept(1), lasting } }];
    expect(small.slotFor(graph([records(1)], { keeps: kept(true) }))).toBeNull();
    expect(small.slotFor(graph([records(1)], { keeps: kept(false) }))).toBe(0);
    expect(small.slotFor(graph([{ kind: 'handle', handle: { slot: 1, epoch: 0, key: 'k', count: 1 } }]))).toBeNull();
  });
});
