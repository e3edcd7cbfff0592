import type {
  BatchInfo,
  BatchTaskInfo,
  OutputOperationInfo,
  RecordFailureInfo,
  StreamInputInfo,
} from '../events/listener.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import type { GraphResult, StageMetrics } from '../lineage/stage-graph.ts';
import { TaskAttempts } from '../lineage/task-attempts.ts';
import type { OutputNode } from '../plan/node.ts';
import type { ShuffleMetrics } from '../skew/shuffle-metrics.ts';
import type { SplitPlans } from '../skew/split-plans.ts';
import { FAILURES, type RawLetter, type RecordFailures } from '../task/record-failures.ts';

/** One output operation of one batch. */
export interface OutputJob {
  readonly output: OutputNode;
  readonly rdd: RddNode;
}

/** A batch from its generation to its end, with what its actions reported. */
export class Batch {
  readonly time: number;
  /** Since the batch before, in ms. */
  readonly intervalMs: number;
  readonly jobs: readonly OutputJob[];
  readonly inputs: ReadonlyMap<number, StreamInputInfo>;
  /** What the batch has to compute whether or not an output looks at it: state sees every batch (R32). */
  readonly advances: readonly RddNode[];
  /** Versions of broadcast variables that the batch was planned with. */
  readonly broadcasts: ReadonlyMap<string, number>;
  readonly submissionTime: number;
  /** Where plans for split keys are kept; left out without a checkpoint. */
  readonly plans?: SplitPlans;
  /** Stateful nodes whose state this batch has changed. */
  readonly states = new Set<string>();
  /** Resolves when the batch has completed or failed. */
  readonly done: Promise<void>;
  /** What happened to its tasks, over all attempts. */
  readonly attempts = new TaskAttempts();
  /** Attempt at the batch as a whole, from 1. */
  attempt = 1;
  started: number | null = null;
  ended: number | null = null;
  /** True when its changes count. */
  committed = false;
  readonly #resolveDone: () => void;
  readonly #stages: StageMetrics[] = [];
  #accumulated: (readonly [string, unknown])[] = [];
  /** What outputs added to accumulators on the driver. */
  readonly #added = new Map<string, unknown>();
  #summed = false;
  readonly #outputs = new Map<number, OutputOperationInfo>();

  constructor(options: {
    time: number;
    intervalMs: number;
    jobs: readonly OutputJob[];
    advances?: readonly RddNode[];
    inputs: ReadonlyMap<number, StreamInputInfo>;
    broadcasts: ReadonlyMap<string, number>;
    submissionTime: number;
    plans?: SplitPlans;
  }) {
    this.time = options.time;
    this.intervalMs = options.intervalMs;
    this.jobs = options.jobs;
    this.advances = options.advances ?? [];
    this.inputs = options.inputs;
    this.broadcasts = options.broadcasts;
    this.submissionTime = options.submissionTime;
    if (options.plans !== undefined) this.plans = options.plans;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolveDone = resolve;
  }

  /** Figures of the stages of the actions so far. */
  get stages(): readonly StageMetrics[] {
    return this.#stages;
  }

  /** Of the actions so far. */
  get shuffles(): readonly ShuffleMetrics[] {
    return this.#stages.flatMap(({ shuffle }) => (shuffle === null ? [] : [shuffle]));
  }

  /** Records of each virtual bucket of the states that look at them, by operator. */
  readonly bucketLoads = new Map<string, readonly number[]>();

  /** Books what an action gave. */
  record(result: GraphResult, states: Iterable<string>): void {
    this.#stages.push(...result.stages);
    for (const { bucketLoads, shuffle } of result.stages)
      if (bucketLoads !== undefined && shuffle !== null) this.bucketLoads.set(shuffle.operator, bucketLoads);
    for (const { values } of result.accumulated) this.#accumulated.push(...values);
    for (const state of states) this.states.add(state);
  }

  /** Begins another attempt: what the one before has changed does not count. */
  beginAgain(): void {
    this.attempt += 1;
    this.#accumulated = [];
    this.#added.clear();
    this.#summed = false;
    this.states.clear();
  }

  /** What tasks and outputs of this batch added to accumulators, when it is about to count: nothing can be added from then on. */
  sum(): readonly (readonly [name: string, value: unknown])[] {
    this.#summed = true;
    return [...this.#accumulated, ...this.#added];
  }

  /** True while what an output of this batch adds to accumulators belongs to the batch. */
  get takesSums(): boolean {
    return !this.#summed && this.ended === null;
  }

  /** What outputs have added so far on the driver, by the accumulators' names. */
  get added(): Map<string, unknown> {
    return this.#added;
  }

  /** Records of this batch that failed and are to be kept, by operator, partition and index. */
  letters(): { readonly operator: string; readonly raw: RawLetter }[] {
    return this.#failures()
      .flatMap(({ operator, letters }) => letters.map((raw) => ({ operator, raw })))
      .sort(
        (a, b) =>
          (a.operator < b.operator ? -1 : a.operator > b.operator ? 1 : 0) ||
          a.raw.partition - b.raw.partition ||
          a.raw.index - b.raw.index,
      );
  }

  #failures(): RecordFailures[] {
    return this.#accumulated.flatMap(([name, value]) => (name === FAILURES ? (value as RecordFailures[]) : []));
  }

  #recordFailures(): Map<string, RecordFailureInfo> {
    const infos = new Map<string, RecordFailureInfo>();
    for (const { operator, count, kept } of this.#failures()) {
      const { dropped, deadLetters } = infos.get(operator) ?? { dropped: 0, deadLetters: 0 };
      infos.set(
        operator,
        kept ? { dropped, deadLetters: deadLetters + count } : { dropped: dropped + count, deadLetters },
      );
    }
    return infos;
  }

  setOutput(info: OutputOperationInfo): void {
    this.#outputs.set(info.id, info);
  }

  finish(): void {
    this.#resolveDone();
  }

  /** The batch as listeners see it now. */
  info(): BatchInfo {
    const { submissionTime, started, ended } = this;
    let numRecords = 0;
    for (const input of this.inputs.values()) numRecords += input.numRecords;
    return {
      batchTime: this.time,
      batchInterval: this.intervalMs,
      streamIdToInputInfo: this.inputs,
      submissionTime,
      processingStartTime: started,
      processingEndTime: ended,
      outputOperationInfos: new Map(this.#outputs),
      schedulingDelay: started === null ? null : started - submissionTime,
      processingDelay: started === null || ended === null ? null : ended - started,
      totalDelay: ended === null ? null : ended - submissionTime,
      numRecords,
      attempt: this.attempt,
      recordFailures: ended === null || !this.committed ? new Map() : this.#recordFailures(),
      tasks: ended === null ? null : taskInfo(this.#stages, this.shuffles, this.attempts),
    };
  }
}

function taskInfo(
  stages: readonly StageMetrics[],
  shuffles: readonly ShuffleMetrics[],
  attempts: TaskAttempts,
): BatchTaskInfo {
  let numTasks = 0;
  let slowestTaskMs = 0;
  let sum = 0;
  let shuffleBytes = 0;
  let shuffleRecords = 0;
  for (const stage of stages) {
    for (const { elapsedMs } of stage.tasks) {
      numTasks += 1;
      sum += elapsedMs;
      if (elapsedMs > slowestTaskMs) slowestTaskMs = elapsedMs;
    }
    shuffleBytes += stage.shuffleBytes;
    shuffleRecords += stage.shuffleRecords;
  }
  return {
    numTasks,
    slowestTaskMs,
    meanTaskMs: numTasks === 0 ? 0 : sum / numTasks,
    shuffleBytes,
    shuffleRecords,
    stages,
    shuffles,
    // A batch that was tried again has moved again what it moves.
    stateMoves: [
      ...new Map(stages.flatMap(({ moved }) => (moved === undefined ? [] : [[moved.operator, moved]]))).values(),
    ],
    retriedTasks: attempts.figures.retried,
    timedOutTasks: attempts.figures.timedOut,
    speculativeTasks: attempts.figures.speculative,
    speculativeTasksWon: attempts.figures.speculativeWon,
  };
}
