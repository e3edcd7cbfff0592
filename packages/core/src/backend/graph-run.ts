import { decodeBlocks } from '../data/codec.ts';
import { error, fromErrorData, isMillraceError, MillraceError } from '../errors/index.ts';
import { builtins } from '../lineage/builtins.ts';
import type { Handle } from '../lineage/rdd-node.ts';
import type {
  GraphResult,
  PartitionRecords,
  PlannedArgument,
  PlannedInput,
  PlannedTask,
  Stage,
  StageGraph,
  StageMetrics,
} from '../lineage/stage-graph.ts';
import type { BucketInput, BucketOutput, Task, TaskArgument, TaskInput, TaskOutput } from '../task/program.ts';
import { SlotLost } from './contract.ts';
import type { SlotResult, SlotTransport } from './slot-transport.ts';

/** How a runner treats failures and what it does not hold. */
export interface RunnerOptions {
  /** How often a task may throw before its graph fails. */
  readonly maxTaskFailures: number;
  /** True if a slot is reached by messages, so that a graph whose work costs less than they do had better need only one. */
  readonly remote: boolean;
  /** Records of a partition that none of the runner's slots holds. */
  readonly fetchForeign?: (handle: Handle) => Promise<PartitionRecords>;
}

/** A task that ran: where, and what it gave. */
interface Done {
  readonly slot: number;
  readonly key: string;
  readonly output: TaskOutput;
}

/** One graph on its way through the slots. */
export class GraphRun {
  readonly #graph: StageGraph;
  readonly #id: string;
  readonly #slots: readonly SlotTransport[];
  readonly #drops: string[][];
  readonly #options: RunnerOptions;
  readonly #done: Done[][];
  readonly #decisions = new Map<number, unknown>();
  readonly #finished = new Set<number>();

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
  }

  async toEnd(): Promise<GraphResult> {
    const { stages } = this.#graph;
    while (this.#finished.size < stages.length) {
      const ready = stages.filter((s) => !this.#finished.has(s.id) && s.needs.every((n) => this.#finished.has(n)));
      await this.#wave(ready);
      for (const stage of ready) {
        this.#finished.add(stage.id);
        if (stage.decision !== null) this.#decisions.set(stage.id, this.#decide(stage));
      }
    }
    return this.#result();
  }

  /** Runs all stages in one slot with one message: reducers find all buckets there. */
  async inOneSlot(slot: number): Promise<GraphResult> {
    const { stages } = this.#graph;
    const items = stages.flatMap((stage) =>
      stage.tasks.map((planned, index): Assignment => ({ stage, index, planned, failures: 0 })),
    );
    const again = await this.#send(slot, items, true);
    if (again.length > 0) return this.toEnd();
    return this.#result();
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

  /** Sends tasks to a slot and books their results. Returns those that may be tried again. */
  async #send(slot: number, items: readonly Assignment[], whole = false): Promise<Assignment[]> {
    const transport = this.#slots[slot];
    const tasks: Task[] = [];
    for (const { stage, index, planned } of items) tasks.push(await this.#resolve(stage, index, planned, slot, whole));
    const drops = this.#drops[slot];
    this.#drops[slot] = [];
    const { time, broadcasts } = this.#graph;
    const { epoch } = transport;
    const results = await transport.run({ time, tasks, versions: broadcasts, drops, whole });
    const again: Assignment[] = [];
    let failure: Error | null = null;
    for (const [i, result] of results.entries()) {
      const item = items[i];
      if (result.ok) this.#book(item, tasks[i], result.output, slot, epoch);
      else if (item.failures + 1 < this.#options.maxTaskFailures) again.push({ ...item, failures: item.failures + 1 });
      else failure ??= this.#failure(item, result);
    }
    if (failure !== null) throw failure;
    return again;
  }

  #book(item: Assignment, task: Task, output: TaskOutput, slot: number, epoch: number): void {
    item.planned.keeps.forEach(({ key, kept, partition }, i) => {
      kept.handles[partition] = { slot: this.#slots[slot].slot, epoch, key, count: output.stored[i] };
    });
    this.#done[item.stage.id][item.index] = { slot, key: task.shuffle?.key ?? '', output };
  }

  #failure(item: Assignment, result: Extract<SlotResult, { ok: false }>): Error {
    const cause = result.thrown instanceof Error ? result.thrown : fromErrorData(result.error);
    const operator = result.operator ?? item.stage.operators.join(', ');
    const batchTime = this.#graph.time;
    const { partition } = item.planned;
    if (isMillraceError(cause)) {
      // An error of the engine keeps its code; where it happened is added.
      const where = ` (operator ${operator}, batch ${batchTime} ms, partition ${partition})`;
      const details = { operator, batchTime, partition, ...cause.details };
      return new MillraceError(cause.code, cause.message + where, { details, cause });
    }
    return error(
      'MR_TASK_FAILED',
      { operator, batchTime, partition, attempt: item.failures + 1, reason: cause.message.replace(/\.+$/, '') },
      { cause },
    );
  }

  #slotOf(task: PlannedTask): number {
    const n = this.#slots.length;
    if (n === 1) return 0;
    if (task.states.length > 0) return task.partition % n;
    for (const input of task.inputs) {
      if (input.kind === 'handle') return input.handle.slot;
      if (input.kind === 'stored') return (input.kept.handles[input.partition] as Handle).slot;
    }
    for (const input of task.inputs) if (input.kind === 'shuffle') return input.reducer % n;
    return task.partition % n;
  }

  /** @param whole true if all stages run in this slot */
  async #resolve(stage: Stage, index: number, planned: PlannedTask, slot: number, whole: boolean): Promise<Task> {
    const inputs: TaskInput[] = [];
    for (const input of planned.inputs) {
      inputs.push(whole && input.kind === 'shuffle' ? this.#allBuckets(input) : await this.#input(input, slot));
    }
    const n = this.#slots.length;
    const { shuffle } = stage;
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
              key: this.#bucketKey(shuffle.key, planned.partition),
              local: Array.from({ length: shuffle.reducers }, (_, r) => whole || r % n === slot),
            },
    };
  }

  async #input(input: PlannedInput, slot: number): Promise<TaskInput> {
    if (input.kind === 'stored') return this.#handle(input.kept.handles[input.partition] as Handle, slot);
    if (input.kind === 'handle') return this.#handle(input.handle, slot);
    if (input.kind !== 'shuffle') return input;
    const buckets: BucketInput[] = [];
    for (const done of this.#done[input.stage]) {
      const bucket = done.output.buckets?.[input.reducer] ?? null;
      if (bucket === null) continue;
      buckets.push(await this.#bucket(bucket, done, input.reducer, slot));
    }
    return { kind: 'buckets', buckets };
  }

  #bucketKey(shuffle: string, partition: number): string {
    return `${this.#id}/${shuffle}${partition}`;
  }

  /** What all map tasks will have for a reducer, in the order of their partitions, when they run in the same slot. */
  #allBuckets({ stage, reducer }: Extract<PlannedInput, { kind: 'shuffle' }>): TaskInput {
    const { shuffle, tasks } = this.#graph.stages[stage];
    const key = (shuffle as NonNullable<Stage['shuffle']>).key;
    return {
      kind: 'buckets',
      buckets: tasks.map(({ partition }) => ({ kind: 'local', key: this.#bucketKey(key, partition), reducer })),
    };
  }

  async #handle(handle: Handle, slot: number): Promise<TaskInput> {
    const here = this.#slots[slot];
    if (handle.slot === here.slot) {
      // The worker died after the graph was cut: cut it anew, without this handle.
      if (handle.epoch !== here.epoch) throw new SlotLost(handle.slot, 'what it kept is gone');
      return { kind: 'handle', handle };
    }
    const owner = this.#slots.find((s) => s.slot === handle.slot);
    const fetched =
      owner !== undefined ? await owner.fetch(handle.key, null) : await this.#options.fetchForeign?.(handle);
    if (fetched === undefined) throw new Error(`no slot ${handle.slot} holds ${handle.key}`);
    return fetched.kind === 'live' ? { ...fetched, operator: handle.key } : fetched;
  }

  async #bucket(bucket: NonNullable<BucketOutput>, done: Done, reducer: number, slot: number): Promise<BucketInput> {
    if (bucket.kind === 'bytes') return bucket;
    if (done.slot === slot) return { kind: 'local', key: done.key, reducer };
    const exported = await this.#slots[done.slot].exportBucket(done.key, reducer);
    if (exported === null) throw new Error(`slot ${done.slot} no longer has bucket ${reducer} of ${done.key}`);
    return { kind: 'bytes', ...exported };
  }

  #argument(argument: PlannedArgument): TaskArgument {
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
      stages: stages.map((stage) => stageMetrics(stage, this.#done[stage.id])),
      accumulated: stages.flatMap((stage) =>
        this.#done[stage.id]
          .filter((d) => d.output.accumulated.length > 0)
          .map((d, i) => ({ task: `${stage.operators.join(',')}/${i}`, values: d.output.accumulated })),
      ),
    };
  }
}

interface Assignment {
  readonly stage: Stage;
  readonly index: number;
  readonly planned: PlannedTask;
  readonly failures: number;
}

function stageMetrics(stage: Stage, done: readonly Done[]): StageMetrics {
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

/** Records of a partition as a live array. */
export function recordsOf(records: PartitionRecords | null): readonly unknown[] {
  if (records === null) return [];
  return records.kind === 'live' ? records.records : decodeBlocks(records.blocks);
}
