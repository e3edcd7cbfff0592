import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Block, isMillraceError } from '@millrace/core';
import {
  error,
  fromErrorData,
  type JobDescriptor,
  type PartitionRecords,
  type RestoredState,
  type SavedState,
  SlotLost,
  type SlotRequest,
  type SlotResult,
  type SlotStop,
  type SlotTransport,
  type StateFound,
  type StateRead,
  type StateReads,
  type StateRequest,
  type Task,
  TaskOverdue,
} from '@millrace/core/backend';
import type { Answer, Message, OpenMessage, WireTask } from './protocol.ts';
import { SlotProgress } from './slot-progress.ts';
import { serveStateReads } from './state-port.ts';
import { TaskWatch } from './task-watch.ts';
import { type BroadcastStore, type ProgramNumbers, sealLive } from './wire.ts';
import { packTasks, unpackResults } from './wire-format.ts';
import type { AskOptions, WorkerLine } from './worker-line.ts';

/** One worker thread, as one job sees it. */
export class WorkerSlot implements SlotTransport {
  readonly slot: number;
  epoch = 0;
  readonly #line: WorkerLine;
  readonly #job: JobDescriptor;
  readonly #programs: ProgramNumbers;
  readonly #broadcasts: BroadcastStore;
  readonly #onLost: () => void;
  #known = new Set<number>();
  #generation = 0;
  #sent = new Set<string>();
  #opened: Promise<void> | null = null;
  /** null where no task has to be watched. */
  readonly #progress: SlotProgress | null;
  #messages = 0;
  /** The driver's end of where the worker asks for state. */
  #statePort: MessagePort | null = null;

  constructor(
    slot: number,
    line: WorkerLine,
    job: JobDescriptor,
    programs: ProgramNumbers,
    broadcasts: BroadcastStore,
    onLost: () => void,
  ) {
    this.slot = slot;
    this.#line = line;
    this.#job = job;
    this.#programs = programs;
    this.#broadcasts = broadcasts;
    this.#onLost = onLost;
    this.#progress = job.taskTimeoutMs === null && job.speculation === null ? null : new SlotProgress();
  }

  /**
   * The job in this life of the slot: a replacement does not answer messages that were meant for the worker before it, and
   * that may reach it after it has opened the job, but before it has its state.
   */
  get #session(): string {
    return `${this.#job.id}/${this.epoch}`;
  }

  /** Has the worker build the plan. @throws MR_NOT_A_JOB, MR_PLAN_DIFFERS, and what the builder throws */
  open(): Promise<void> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async run(request: SlotRequest): Promise<readonly SlotResult[]> {
    if (this.#opened === null) await this.open();
    const { time, drops, versions } = request;
    const forgetPrograms = this.#generation !== this.#programs.generation;
    if (forgetPrograms) {
      this.#known = new Set();
      this.#generation = this.#programs.generation;
    }
    const fresh: (readonly [number, Task['program']])[] = [];
    const tasks = request.tasks.map((task) => this.#wire(task, fresh));
    const number = ++this.#messages;
    const answer = await this.#askWatched(number, request.stop, {
      type: 'run',
      session: this.#session,
      number,
      time,
      drops,
      programs: fresh,
      forgetPrograms,
      broadcasts: this.#broadcasts.unsent(versions, this.#sent),
      versions: [...versions],
      tasks: packTasks(tasks),
      whole: request.whole,
    });
    return unpackResults((answer as Extract<Answer, { type: 'ran' }>).results);
  }

  async fetch(key: string, limit: number | null): Promise<PartitionRecords> {
    const answer = await this.#ask({ type: 'fetch', session: this.#session, key, limit });
    return (answer as Extract<Answer, { type: 'records' }>).records;
  }

  async exportBucket(key: string, reducer: number) {
    const answer = await this.#ask({ type: 'export', session: this.#session, key, reducer });
    return (answer as Extract<Answer, { type: 'bucket' }>).bucket;
  }

  async saveStates(requests: readonly StateRequest[]): Promise<readonly SavedState[]> {
    const answer = await this.#ask({ type: 'saveStates', session: this.#session, requests });
    return (answer as Extract<Answer, { type: 'states' }>).states;
  }

  async restoreStates(states: readonly RestoredState[]): Promise<void> {
    // A new worker gets its state before its first task.
    if (this.#opened === null) await this.open();
    await this.#ask({ type: 'restoreStates', session: this.#session, states });
  }

  async readState(read: StateRead): Promise<readonly StateFound[]> {
    if (this.#opened === null) await this.open();
    const answer = await this.#ask({ type: 'readState', session: this.#session, read });
    return (answer as Extract<Answer, { type: 'stateFound' }>).found;
  }

  /** Has the worker forget the job. */
  async close(): Promise<void> {
    if (this.#opened === null) return;
    this.#opened = null;
    this.#statePort?.close();
    this.#statePort = null;
    const answer = await this.#line.ask({ type: 'close', session: this.#session }).catch(() => null);
    if (answer?.type === 'closed') for (const complaint of answer.complaints) this.#job.warn(complaint);
  }

  async #open(): Promise<void> {
    const { module, fingerprint, defaultParallelism, batchIntervalMs } = this.#job;
    if (module === null) throw error('MR_INLINE_JOB', { backend: 'threads', operators: [] });
    const { url, params } = module;
    const { stateReads } = this.#job;
    const ports = stateReads === null ? null : new MessageChannel();
    if (ports !== null) serveStateReads(ports.port1, stateReads as StateReads);
    this.#statePort?.close();
    this.#statePort = ports?.port1 ?? null;
    const message: OpenMessage = {
      type: 'open',
      session: this.#session,
      slot: this.slot,
      url,
      params,
      fingerprint,
      defaultParallelism,
      batchIntervalMs,
      progress: this.#progress?.cells ?? null,
      stateReads: ports?.port2 ?? null,
    };
    await this.#ask(message, ports === null ? {} : { transferList: [ports.port2] });
  }

  #wire(task: Task, fresh: (readonly [number, Task['program']])[]): WireTask {
    const program = this.#programs.numberOf(task.program);
    if (!this.#known.has(program)) {
      this.#known.add(program);
      fresh.push([program, task.program]);
    }
    const inputs = task.inputs.map((input) =>
      input.kind === 'live'
        ? {
            kind: 'blocks' as const,
            operator: input.operator,
            blocks: sealLive(input.records, input.operator) as readonly Block[],
          }
        : input,
    );
    // Functions made by transform stay here: the worker makes its own and compares the trace.
    const args = task.args.map((argument) => (argument.kind === 'scope' ? { ...argument, live: null } : argument));
    return { ...task, program, inputs, args };
  }

  /** Sends tasks, and watches them if they may not take as long as they like. @throws TaskOverdue, and what `#ask` throws */
  async #askWatched(number: number, stop: SlotStop | undefined, message: Message): Promise<Answer> {
    const { clock, taskTimeoutMs } = this.#job;
    if (this.#progress === null || (taskTimeoutMs === null && stop === undefined)) return this.#ask(message);
    const watch = new TaskWatch(clock, this.#progress, number, taskTimeoutMs, stop);
    try {
      return await this.#ask(message, { signal: watch.signal });
    } catch (e) {
      if (watch.overdue > 0 && e instanceof SlotLost) throw new TaskOverdue(this.slot, watch.overdue - 1);
      throw e;
    } finally {
      watch.end();
    }
  }

  /** Sends a message. A call that fails, or a worker that does not know the job, is a lost worker. */
  async #ask(message: Message, options?: AskOptions): Promise<Answer> {
    const { epoch } = this;
    let answer: Answer;
    try {
      answer = await this.#line.ask(message, options);
    } catch (e) {
      if (e instanceof DOMException && e.name === 'DataCloneError') {
        throw error(
          'MR_NOT_ENCODABLE',
          { operator: this.#job.name, path: '$', what: `not cloneable (${e.message})` },
          { cause: e },
        );
      }
      throw this.#lost(e instanceof Error ? e.message : String(e), epoch);
    }
    if (answer.type === 'unknown') throw this.#lost('it was replaced by a new one', epoch);
    if (answer.type === 'error') {
      const cause = fromErrorData(answer.error);
      throw isMillraceError(cause)
        ? cause
        : error(
            'MR_NOT_A_JOB',
            { url: this.#job.module?.url ?? '', found: `a job that fails to build: ${cause.message}` },
            { cause },
          );
    }
    return answer;
  }

  /** @param epoch when the message was sent: of several that waited for the worker only the first tells of its end */
  #lost(reason: string, epoch: number): SlotLost {
    if (epoch !== this.epoch) return new SlotLost(this.slot, reason);
    this.epoch += 1;
    this.#opened = null;
    this.#known = new Set();
    this.#sent = new Set();
    this.#onLost();
    return new SlotLost(this.slot, reason);
  }
}
