import { expect, test } from 'vitest';
import { emptyKept, type Kept } from '../lineage/rdd-node.ts';
import type { PlannedTask, Stage, StageGraph } from '../lineage/stage-graph.ts';
import { TaskAttempts } from '../lineage/task-attempts.ts';
import type { Program } from '../task/program.ts';
import { SlotRuntime } from '../task/slot-runtime.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { liveExchange } from './exchange.ts';
import { LocalSlot } from './local-slot.ts';
import type { SlotRequest, SlotResult, SlotTransport } from './slot-transport.ts';
import { StagePace } from './speculation.ts';
import { StageRunner } from './stage-runner.ts';

const settings = { quantile: 0.5, multiplier: 1.5, minTaskMs: 100, intervalMs: 10 };

test('a straggler has run longer than the multiple of the median, once enough tasks have finished', () => {
  const pace = new StagePace(settings, 4);
  expect(pace.isStraggler(10_000)).toBe(false);
  pace.finished(300);
  expect(pace.isStraggler(10_000)).toBe(false);
  pace.finished(100);
  pace.finished(200);
  expect([pace.isStraggler(299), pace.isStraggler(300)]).toEqual([false, true]);
});

test('no task of a single one is a straggler, unless none has to have finished', () => {
  expect(new StagePace(settings, 1).isStraggler(10_000)).toBe(false);
  const always = new StagePace({ ...settings, quantile: 0, multiplier: 0, minTaskMs: 0 }, 1);
  expect(always.isStraggler(0)).toBe(true);
});

/** A slot in this thread that holds an attempt back until the test lets it go on. */
class HeldSlot implements SlotTransport {
  readonly slot: number;
  readonly epoch = 0;
  readonly runtime: SlotRuntime;
  readonly held: (() => void)[] = [];
  readonly stopped: boolean[] = [];
  hold = false;
  readonly #local: LocalSlot;

  constructor(slot: number, clock: ManualClock) {
    this.slot = slot;
    const plan = { functionsOf: () => [], stateLogic: () => null as never } as never;
    this.runtime = new SlotRuntime({
      slot,
      plan,
      clock,
      exchange: liveExchange,
      broadcast: () => undefined,
      stateReads: null,
    });
    this.#local = new LocalSlot(this.runtime, clock, slot);
  }

  async run(request: SlotRequest): Promise<readonly SlotResult[]> {
    request.stop?.signal.addEventListener('abort', () => this.stopped.push(true));
    if (this.hold && request.tasks.length > 0) await new Promise<void>((resolve) => this.held.push(resolve));
    return this.#local.run(request);
  }

  async saveStates() {
    return [];
  }

  async restoreStates() {}

  async readState() {
    return [];
  }

  fetch(key: string, limit: number | null) {
    return this.#local.fetch(key, limit);
  }

  exportBucket(key: string, reducer: number) {
    return this.#local.exportBucket(key, reducer);
  }
}

const program: Program = {
  signature: 'kept',
  pipe: { source: { kind: 'input', input: 0 }, steps: [{ kind: 'tee', store: 0 }] },
  sink: { kind: 'records' },
};

function graphOf(partitions: number, round: number, attempts: TaskAttempts): { graph: StageGraph; kept: Kept } {
  const kept: Kept = { ...emptyKept(partitions), lasting: true };
  const tasks = Array.from(
    { length: partitions },
    (_, partition): PlannedTask => ({
      partition,
      program,
      inputs: [{ kind: 'live', records: [partition, round], operator: 'source' }],
      args: [],
      keeps: [{ key: `${round}:${partition}`, kept, partition }],
      states: [],
    }),
  );
  const stage: Stage = { id: 0, needs: [], tasks, shuffle: null, split: null, decision: null, operators: ['source'] };
  return { graph: { time: 1000, stages: [stage], broadcasts: new Map(), attempts }, kept };
}

test('what the slower attempt has kept is dropped, the handle names the slot that won, and nothing piles up', async () => {
  const clock = new ManualClock();
  const slots = [new HeldSlot(0, clock), new HeldSlot(1, clock)];
  const runner = new StageRunner(slots, { maxTaskFailures: 1, remote: true, clock, speculation: settings });
  const attempts = new TaskAttempts();
  for (let round = 0; round < 100; round++) {
    // Partition 1 is slow in its own slot, the others are not.
    slots[1].hold = true;
    const { graph, kept } = graphOf(3, round, attempts);
    const running = runner.run(graph);
    while (slots[1].held.length === 0 || kept.handles[0] === null || kept.handles[2] === null) await clock.breathe();
    await clock.advance(150);
    while (kept.handles[1] === null) await clock.breathe();
    expect(kept.handles.map((handle) => handle?.slot)).toEqual([0, 0, 0]);
    expect(slots[1].stopped).toHaveLength(round + 1);
    slots[1].held.pop()?.();
    const { partitions } = await running;
    expect(partitions).toEqual([0, 1, 2].map((p) => ({ kind: 'live', records: [p, round] })));
    runner.release(kept.handles.filter((handle) => handle !== null));
  }
  expect([attempts.figures.speculative, attempts.figures.speculativeWon]).toEqual([100, 100]);
  // Keys are forgotten with the next message to their slot.
  slots[1].hold = false;
  const { graph, kept } = graphOf(2, 100, attempts);
  await runner.run(graph);
  expect(slots.map(({ runtime }) => runtime.holdings().stored)).toEqual([1, 1]);
  expect(kept.handles.map((handle) => handle?.slot)).toEqual([0, 1]);
  expect(clock.pending).toBe(0);
});

test('a task that writes to the outside is waited for, whatever it takes', async () => {
  const clock = new ManualClock();
  const slots = [new HeldSlot(0, clock), new HeldSlot(1, clock)];
  const runner = new StageRunner(slots, { maxTaskFailures: 1, remote: true, clock, speculation: settings });
  const attempts = new TaskAttempts();
  slots[1].hold = true;
  const { graph, kept } = graphOf(3, 0, attempts);
  const running = runner.run({ ...graph, writes: true });
  while (slots[1].held.length === 0 || kept.handles[2] === null) await clock.breathe();
  await clock.advance(10_000);
  expect(attempts.figures.speculative).toBe(0);
  slots[1].held.pop()?.();
  await running;
  expect(kept.handles.map((handle) => handle?.slot)).toEqual([0, 1, 0]);
});
