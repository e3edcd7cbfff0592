import { describe, expect, it } from 'vitest';
import { emptyKept } from '../lineage/rdd-node.ts';
import type { GraphResult, PlannedInput, PlannedTask, StageGraph } from '../lineage/stage-graph.ts';
import type { JoinPlan } from '../skew/join-plan.ts';
import type { Program } from '../task/program.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { endsWhole, type SlotRequest, type SlotResult, type SlotTransport } from './slot-transport.ts';
import { SmallGraphs } from './small-graphs.ts';
import { StageRunner } from './stage-runner.ts';

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

  it('never with state, lasting partitions, what lies with a slot, or a plan for split keys', () => {
    const small = new SmallGraphs();
    small.learn(graph([]), cost(0.05));
    expect(small.slotFor(graph([records(1)], { states: ['s'] }))).toBeNull();
    const kept = (lasting: boolean) => [{ key: 'k', partition: 0, kept: { ...emptyKept(1), lasting } }];
    expect(small.slotFor(graph([records(1)], { keeps: kept(true) }))).toBeNull();
    expect(small.slotFor(graph([records(1)], { keeps: kept(false) }))).toBe(0);
    const joined = graph([records(1)]);
    const decided = (plan: JoinPlan | null): StageGraph => ({
      ...joined,
      stages: joined.stages.map((stage) => ({
        ...stage,
        shuffle: { key: 'k', reducers: 0, sets: 1, splits: false, side: null },
        split: { kind: 'residues', of: [0, null], join: { left: false, right: false } },
      })),
      plans: { mayBegin: true, known: () => plan, decided: async () => {} },
    });
    expect(small.slotFor(decided({ keys: [], pieces: [], loads: [] }))).toBeNull();
    expect(small.slotFor(decided(null))).toBe(0);
    expect(small.slotFor(graph([{ kind: 'handle', handle: { slot: 1, epoch: 0, key: 'k', count: 1 } }]))).toBeNull();
  });
});

/** Nothing was combined, looked up or sized. */
const NOTHING_SPECIAL = { recordsCombined: 0, recordsProbed: 0, bucketBytes: 0 };

describe('a graph that runs alone in a slot and meets a heavy key', () => {
  /** A slot whose map tasks take a key out of their buckets as soon as they are told to. */
  function fakeSlot(slot: number, heavy: { isThere: boolean }) {
    const requests: SlotRequest[] = [];
    const run = async (request: SlotRequest): Promise<SlotResult[]> => {
      requests.push(request);
      const results = request.tasks.map(({ shuffle, stores }): SlotResult => {
        const runs = shuffle !== null && heavy.isThere ? [{ key: 'hot', home: 0, at: 0, slices: [1] }] : [];
        const metrics = { elapsedMs: 0.01, recordsRead: 1, recordsWritten: 1, bytesWritten: 0, ...NOTHING_SPECIAL };
        const buckets = shuffle === null ? null : [{ kind: 'local', count: 1 } as const];
        const rest = { records: null, heavy: [], met: null, residues: [], metrics, accumulated: [] };
        return { ok: true, output: { ...rest, buckets, runs, stored: stores.map(() => 1) } };
      });
      const end = request.whole ? results.findIndex(endsWhole) : -1;
      return end < 0 ? results : results.slice(0, end + 1);
    };
    return { transport: { slot, epoch: 0, run } as unknown as SlotTransport, requests };
  }

  it('runs spread, and what it has left there is dropped first', async () => {
    const heavy = { isThere: false };
    const slots = [fakeSlot(0, heavy), fakeSlot(1, heavy)];
    const runner = new StageRunner(
      slots.map(({ transport }) => transport),
      { maxTaskFailures: 1, clock: new ManualClock(), remote: true },
    );
    const kept = emptyKept(1);
    const small = graph([records(1)], { keeps: [{ key: 'kept', partition: 0, kept }] });
    await runner.run(small);
    heavy.isThere = true;
    const [whole, ...after] = await requestsOf(() => runner.run(small));
    expect([whole?.whole, whole?.tasks.length]).toEqual([true, 2]);
    expect(after.map((request) => [request.whole, request.tasks.length])).toEqual([
      [false, 1],
      [false, 1],
    ]);
    expect(after[0]?.drops).toEqual(expect.arrayContaining(['r1/k0', 'kept']));
    expect(kept.handles[0]).not.toBeNull();

    async function requestsOf(work: () => Promise<unknown>): Promise<SlotRequest[]> {
      const before = slots.map(({ requests }) => requests.length);
      await work();
      return slots.flatMap(({ requests }, i) => requests.slice(before[i]));
    }
  });
});
