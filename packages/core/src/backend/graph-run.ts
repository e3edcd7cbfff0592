import { decodeBlocks } from '../data/codec.ts';
import { builtins } from '../lineage/builtins.ts';
import type { Handle } from '../lineage/rdd-node.ts';
import type {
  GraphResult,
  PartitionRecords,
  PlannedArgument,
  PlannedTask,
  Stage,
  StageGraph,
  StageShuffle,
} from '../lineage/stage-graph.ts';
import { TaskAttempts } from '../lineage/task-attempts.ts';
import type { Clock } from '../schedule/clock.ts';
import type { TableName } from '../task/probe-tables.ts';
import type { Task, TaskArgument, TaskInput, TaskOutput, TaskShuffle } from '../task/program.ts';
import { SlotLost, StuckTask, TaskOverdue } from './contract.ts';
import { GraphInputs } from './graph-inputs.ts';
import { GraphSplits } from './graph-splits.ts';
import { RacingWave } from './racing-wave.ts';
import type { SlotStop, SlotTransport } from './slot-transport.ts';
import type { SpeculationSettings } from './speculation.ts';
import { stageMetrics } from './stage-metrics.ts';
import {
  type Assignment,
  type Attempt,
  attemptFailure,
  type Done,
  timeoutFailure,
  type Verdict,
} from './task-attempt.ts';

/** How a runner treats failures and what it does not hold. */
export interface RunnerOptions {
  /** How often a task may throw before its graph fails. */
  readonly maxTaskFailures: number;
  /** How long a task may run, in ms, for its error; the slots see to it. */
  readonly taskTimeoutMs?: number | null;
  /** For speculation, and for what planning takes. */
  readonly clock: Clock;
  /** How stragglers are found; left out or null: they are waited for. */
  readonly speculation?: SpeculationSettings | null;
  /** True if a slot is reached by messages, so that a graph whose work costs less than they do had better need only one. */
  readonly remote: boolean;
  /** Whether a worker may be replaced for a task in it that nobody wants any more; true unless given. */
  readonly mayReplace?: () => boolean;
  /** Records of a partition that none of the runner's slots holds. */
  readonly fetchForeign?: (handle: Handle) => Promise<PartitionRecords>;
}

/** One graph on its way through the slots. */
export class GraphRun {
  readonly #graph: StageGraph;
  readonly #slots: readonly SlotTransport[];
  readonly #drops: string[][];
  readonly #options: RunnerOptions;
  readonly #done: Done[][];
  readonly #decisions = new Map<number, unknown>();
  readonly #finished = new Set<number>();
  readonly #splits: GraphSplits;
  readonly #id: string;
  readonly #inputs: GraphInputs;
  readonly #attempts: TaskAttempts;
  /** Whether tasks may be copied. */
  readonly #races: boolean;
  /** The slots' lives when the graph began: these have the state that its tasks go on with. */
  readonly #lives: readonly number[];

  constructor(
    graph: StageGraph,
    id: string,
    slots: readonly SlotTransport[],
    drops: string[][],
    options: RunnerOptions,
  ) {
    this.#graph = graph;
    this.#id = id;
    this.#slots = slots;
    this.#drops = drops;
    this.#options = options;
    this.#done = graph.stages.map(() => []);
    this.#splits = new GraphSplits(graph, options.clock);
    this.#inputs = new GraphInputs(graph, id, slots, this.#done, this.#splits, options.fetchForeign);
    this.#attempts = graph.attempts ?? new TaskAttempts();
    this.#races = (options.speculation ?? null) !== null && slots.length > 1;
    this.#lives = slots.map(({ epoch }) => epoch);
  }

  async toEnd(): Promise<GraphResult> {
    const { stages } = this.#graph;
    while (this.#finished.size < stages.length) {
      const ready = stages.filter((s) => !this.#finished.has(s.id) && s.needs.every((n) => this.#finished.has(n)));
      // The last stage may write to the outside, and what it gives is what outputs get.
      if (ready.some(({ id }) => id === stages.length - 1)) await this.#splits.whenSafe();
      await this.#wave(ready.filter((stage) => this.#splits.isWanted(stage)));
      for (const stage of ready) {
        this.#finished.add(stage.id);
        if (stage.decision !== null) this.#decisions.set(stage.id, this.#decide(stage));
        this.#splits.ran(stage, this.#done[stage.id]);
      }
    }
    return this.#result();
  }

  /**
   * Runs all stages in one slot with one message: reducers find all buckets there. Nobody plans there, so it goes no further than to a heavy key:
   * where its pairs lie must not depend on how long the graph was expected to take.
   */
  async inOneSlot(slot: number): Promise<GraphResult> {
    const { stages } = this.#graph;
    const items = stages
      .filter(({ split }) => split === null)
      .flatMap((stage) => stage.tasks.map((planned, index): Assignment => ({ stage, index, planned, failures: 0 })));
    const again = await this.#send(slot, items, true);
    if (again.length === 0) return this.#result();
    this.#forget(slot, items);
    return this.toEnd();
  }

  /** What tasks have left in a slot is dropped: they run once more, maybe in others. */
  #forget(slot: number, items: readonly Assignment[]): void {
    this.dropBuckets();
    for (const { stage, planned } of items) {
      this.#done[stage.id].length = 0;
      for (const { key, kept, partition } of planned.keeps) {
        this.#drops[slot].push(key);
        kept.handles[partition] = null;
      }
    }
  }

  /** Map outputs are of no use after the graph. */
  dropBuckets(): void {
    for (const stage of this.#graph.stages) {
      if (stage.shuffle === null) continue;
      for (const done of this.#done[stage.id]) {
        if (done?.output.buckets?.some((b) => b?.kind === 'local')) this.#drops[done.slot].push(done.key);
      }
    }
  }

  async #wave(ready: readonly Stage[]): Promise<void> {
    let open: Assignment[] = [];
    for (const stage of ready) {
      for (const [index, planned] of stage.tasks.entries()) open.push({ stage, index, planned, failures: 0 });
    }
    if (this.#races) {
      await this.#race(open);
      return;
    }
    while (open.length > 0) {
      const bySlot = new Map<number, Assignment[]>();
      for (const item of open) {
        const slot = this.#slotOf(item.planned);
        const list = bySlot.get(slot);
        if (list === undefined) bySlot.set(slot, [item]);
        else list.push(item);
      }
      const sent = [...bySlot].map(([slot, items]) => this.#send(slot, items));
      // All slots are awaited even when one fails: nothing of this graph may still run when the next one begins.
      const answers = await Promise.allSettled(sent);
      const again: Assignment[] = [];
      let failure: { readonly reason: unknown } | null = null;
      for (const answer of answers) {
        if (answer.status === 'fulfilled') again.push(...answer.value);
        else failure ??= answer;
      }
      if (failure !== null) throw failure.reason;
      open = again;
    }
  }

  /** A wave in which tasks that take too long are copied to slots that have nothing to do. */
  #race(items: readonly Assignment[]): Promise<void> {
    const { clock, speculation } = this.#options;
    return new RacingWave({
      slots: this.#slots.length,
      clock,
      settings: speculation as SpeculationSettings,
      attempts: this.#attempts,
      slotOf: (item) => this.#slotOf(item.planned),
      mayCopy: (item) => this.#mayCopy(item),
      run: (slot, list, stop) => this.#try(slot, list, false, stop),
      mayReplace: this.#options.mayReplace ?? (() => true),
      settle: (attempt) => this.#settle(attempt),
      discard: (attempt) => this.#drops[attempt.slot].push(...attempt.task.stores),
    }).toEnd(items);
  }

  /** A task whose inputs can be read in any slot, and which neither changes state nor writes to the outside. */
  #mayCopy({ stage, planned }: Assignment): boolean {
    if (planned.states.length > 0 || planned.program.sink.kind === 'foreach') return false;
    if (this.#graph.writes === true && stage === this.#graph.stages[this.#graph.stages.length - 1]) return false;
    return planned.inputs.every((input) => input.kind !== 'handle' && input.kind !== 'stored');
  }

  /** Sends tasks to a slot and books their results. Returns those that may be tried again, and those that have not run. */
  async #send(slot: number, items: readonly Assignment[], whole = false): Promise<Assignment[]> {
    const again: Assignment[] = [];
    let failure: Error | null = null;
    const attempts = await this.#try(slot, items, whole);
    for (const attempt of attempts) {
      const verdict = this.#settle(attempt);
      if (verdict.kind === 'failed') failure ??= verdict.error;
      if (verdict.kind === 'again') again.push(verdict.item);
    }
    if (failure !== null) throw failure;
    return [...again, ...items.slice(attempts.length)];
  }

  /** Sends tasks to a slot. @throws SlotLost, StuckTask */
  async #try(slot: number, items: readonly Assignment[], whole: boolean, stop?: SlotStop): Promise<Attempt[]> {
    const transport = this.#slots[slot];
    const tasks: Task[] = [];
    for (const { stage, index, planned } of items) tasks.push(await this.#resolve(stage, index, planned, slot, whole));
    const { epoch } = transport;
    // A worker may die without harm to its wave: its task had a copy, or was another graph's.
    if (epoch !== this.#lives[slot] && items.some(({ planned }) => planned.states.length > 0))
      throw new SlotLost(slot, 'the state that it kept is gone');
    const drops = this.#drops[slot];
    this.#drops[slot] = [];
    const { time, broadcasts } = this.#graph;
    try {
      const results = await transport.run({ time, tasks, versions: broadcasts, drops, whole, stop });
      return results.map((result, i) => ({ item: items[i], task: tasks[i], result, slot, epoch }));
    } catch (e) {
      throw e instanceof TaskOverdue ? this.#stuck(e, items[e.index]) : e;
    }
  }

  /** Books an attempt. */
  #settle({ item, task, result, slot, epoch }: Attempt): Verdict {
    if (result.ok) {
      this.#book(item, task, result.output, slot, epoch);
      return { kind: 'done', output: result.output };
    }
    if (result.stopped === true) this.#attempts.figures.timedOut += 1;
    const { maxTaskFailures, taskTimeoutMs = null } = this.#options;
    if (item.failures + 1 >= maxTaskFailures)
      return { kind: 'failed', error: attemptFailure(item, result, this.#graph.time, taskTimeoutMs) };
    this.#attempts.figures.retried += 1;
    return { kind: 'again', item: { ...item, failures: item.failures + 1 } };
  }

  /** A task did not end when its time was over, and its worker was replaced: what that held is to be computed anew. */
  #stuck(overdue: TaskOverdue, item: Assignment): StuckTask {
    const { maxTaskFailures, taskTimeoutMs = null } = this.#options;
    this.#attempts.figures.timedOut += 1;
    const name = `${item.planned.program.signature}/${item.planned.partition}`;
    const failure = timeoutFailure(item, this.#graph.time, taskTimeoutMs ?? 0, maxTaskFailures - 1 - item.failures);
    return new StuckTask(overdue, name, failure, (times) => {
      if (item.failures + times >= maxTaskFailures) return false;
      this.#attempts.figures.retried += 1;
      return true;
    });
  }

  #book(item: Assignment, task: Task, output: TaskOutput, slot: number, epoch: number): void {
    item.planned.keeps.forEach(({ key, kept, partition }, i) => {
      const handle = { slot: this.#slots[slot].slot, epoch, key, count: output.stored[i] };
      this.#attempts.keeps(kept, partition, handle);
    });
    this.#done[item.stage.id][item.index] = { slot, epoch, key: task.shuffle?.key ?? '', output };
  }

  #slotOf(task: PlannedTask): number {
    const n = this.#slots.length;
    if (n === 1) return 0;
    if (task.states.length > 0) return task.partition % n;
    for (const input of task.inputs) {
      if (input.kind === 'handle') return input.handle.slot;
      if (input.kind === 'stored') return (input.kept.handles[input.partition] as Handle).slot;
    }
    for (const input of task.inputs) if ('reducer' in input) return input.reducer % n;
    return task.partition % n;
  }

  /** @param whole true if all stages run in this slot */
  async #resolve(stage: Stage, index: number, planned: PlannedTask, slot: number, whole: boolean): Promise<Task> {
    const inputs: TaskInput[] = [];
    for (const input of planned.inputs) {
      inputs.push(
        whole && input.kind === 'shuffle' ? this.#inputs.allBuckets(input) : await this.#inputs.resolve(input, slot),
      );
    }
    const n = this.#slots.length;
    const { shuffle } = stage;
    // Where tasks may be copied, any slot may be asked for a reducer: nothing stays behind in one.
    const stays = !this.#races;
    return {
      id: index,
      program: planned.program,
      partition: planned.partition,
      inputs,
      args: planned.args.map((a) => this.#argument(a)),
      stores: planned.keeps.map((k) => k.key),
      shuffle:
        shuffle === null
          ? null
          : {
              key: this.#inputs.bucketKey(shuffle.key, planned.partition),
              local: Array.from(
                { length: shuffle.reducers * shuffle.sets },
                (_, b) => whole || (stays && (b % shuffle.reducers) % n === slot),
              ),
              // Who works on a slice is not known yet.
              localSlices: stays && n === 1,
              splits: shuffle.splits,
              meets: this.#splits.meets(stage.id),
              sized: shuffle.side !== null,
              ...samplingOf(shuffle),
            },
    };
  }

  #argument(argument: PlannedArgument): TaskArgument {
    if (argument.kind === 'inGraph')
      return { kind: 'value', value: { graph: this.#id, name: argument.name } satisfies TableName };
    if (argument.kind !== 'decision') return argument;
    const decided = this.#decisions.get(argument.stage);
    return argument.then === null ? { kind: 'value', value: decided } : { ...argument.then, decision: decided };
  }

  #decide(stage: Stage): unknown {
    const { compute, parameter } = stage.decision as NonNullable<Stage['decision']>;
    const records = this.#done[stage.id].flatMap((d) => recordsOf(d.output.records));
    return builtins[compute.slice(1)](records, parameter);
  }

  #result(): GraphResult {
    const { stages } = this.#graph;
    const last = stages[stages.length - 1];
    return {
      partitions: this.#done[last.id].map((d) => d.output.records),
      stages: stageMetrics(stages, this.#done, this.#splits),
      accumulated: stages.flatMap((stage) =>
        // What takes out what is left of split keys computes a side of the join once more.
        (stage.split?.kind === 'residues' ? [] : this.#done[stage.id])
          .filter((d) => d.output.accumulated.length > 0)
          .map((d, i) => ({ task: `${stage.operators.join(',')}/${i}`, values: d.output.accumulated })),
      ),
    };
  }
}

/** How map tasks look at the load of a state. */
function samplingOf({ places }: StageShuffle): Pick<TaskShuffle, 'sampling'> {
  if (places?.kind !== 'load') return {};
  return { sampling: { buckets: places.table.length, leastStep: places.leastStep } };
}

/** Records of a partition as a live array. */
export function recordsOf(records: PartitionRecords | null): readonly unknown[] {
  if (records === null) return [];
  return records.kind === 'live' ? records.records : decodeBlocks(records.blocks);
}
