import type { BackendSession } from '../backend/contract.ts';
import type { Found } from '../checkpoint/job-checkpoint.ts';
import type { InputProgress } from '../checkpoint/layout.ts';
import type { ListenerBus } from '../events/listener-bus.ts';
import type { FunctionScope } from '../lineage/function-scope.ts';
import type { RddNode, SourcePartition } from '../lineage/rdd-node.ts';
import { sourceRdd } from '../lineage/rdd-ops.ts';
import type { PlanNode } from '../plan/node.ts';
import type { ReceivedLog } from '../receiver/received-log.ts';
import { ReceiverTracker } from '../receiver/receiver-tracker.ts';
import { InputInfoTracker } from '../schedule/input-info-tracker.ts';
import { type ControlledInput, checkBackpressure, RateController } from '../schedule/rate-controller.ts';
import type { InputBacklog } from './health.ts';
import type { InputDStream } from './input-dstream.ts';
import { ReceiverInputDStream } from './receiver-input-dstream.ts';
import { sourceBatchRdd } from './source-batch.ts';
import type { StreamingContext } from './streaming-context.ts';
import { Time } from './time.ts';

/** The batch of an input whose records have to be stored. */
export interface ComputedBatch {
  readonly stream: string;
  readonly time: number;
  /** Null: there was none. */
  readonly rdd: RddNode | null;
}

/** The stored batch of a stream: null if it had none, undefined if nothing was stored. */
type StoredBatches = (stream: string, time: number) => readonly SourcePartition[] | null | undefined;

/** The input streams of a started job: their life, their batches, and the rate at which they take in. */
export class JobInputs {
  /** What they reported for each batch. */
  readonly infos = new InputInfoTracker();
  /** How long batches are remembered after they are over. */
  rememberMs = 0;
  readonly #context: StreamingContext;
  readonly #inputs: readonly InputDStream<unknown>[];
  readonly #byNode: ReadonlyMap<PlanNode, InputDStream<unknown>>;
  #receivers: ReceiverTracker | null = null;
  /** Batches of inputs that cannot save them otherwise, computed since the last look. */
  #computed: ComputedBatch[] = [];
  /** Batch times of the run before. */
  readonly #restored = new Set<number>();
  /** Of these the ones that run again. */
  readonly #again = new Set<number>();
  /** The first batch time that is not of the run before. */
  #firstNew = Number.POSITIVE_INFINITY;
  /** The batches of the run before up to this time were over when it ended. */
  #overUpTo = Number.NEGATIVE_INFINITY;
  #stored: StoredBatches | null = null;
  /** Sources that came to the job when it had batches: the last of these. */
  #since: ReadonlyMap<string, number | undefined> = new Map();

  constructor(context: StreamingContext, inputs: readonly InputDStream<unknown>[]) {
    this.#context = context;
    this.#inputs = inputs;
    this.#byNode = new Map(inputs.map((input) => [input.node, input]));
  }

  /** Connects them. @throws what an input throws that cannot begin */
  async start(session: BackendSession, bus: ListenerBus, log: ReceivedLog | null): Promise<void> {
    const { clock, options, backend } = this.#context;
    const backpressure = checkBackpressure(options.backpressure);
    const streams = this.#inputs.filter((i): i is ReceiverInputDStream<unknown> => i instanceof ReceiverInputDStream);
    this.#receivers = new ReceiverTracker(
      streams.map((stream) => stream.receiverSpec(backpressure?.initialRate ?? null)),
      { clock, bus, warn: (message) => this.#context.warn(message), session, oneHeap: backend.sharesMemory, log },
    );
    for (const stream of streams) stream.attach(this.#receivers.intakeOf(stream.id), this.#overUpTo);
    if (backpressure !== null) {
      const controlled = this.#inputs.filter((i): i is typeof i & ControlledInput => i.onRate !== undefined);
      const controller = new RateController(controlled, this.#context.batchDuration.milliseconds, backpressure);
      bus.add({ onBatchCompleted: ({ batchInfo }) => controller.completed(batchInfo) });
    }
    for (const input of this.#inputs) await input.start();
  }

  /** All at once, since each may take a while to end. An input that fails to stop keeps nothing from stopping. */
  async stop(): Promise<void> {
    const results = await Promise.allSettled(this.#inputs.map(async (input) => input.stop()));
    results.forEach((result, i) => {
      if (result.status === 'rejected')
        this.#context.warn(`The input ${this.#inputs[i].name} failed to stop: ${String(result.reason)}`);
    });
  }

  /** When no batch needs them any more. */
  async close(): Promise<void> {
    await this.#receivers?.close();
  }

  /** What has to be waited for before a batch can be planned; null if nothing. */
  prepare(time: number): Promise<void> | null {
    if (this.#restored.has(time)) return null;
    const waits: Promise<void>[] = [];
    const stored = this.#receivers?.prepare() ?? null;
    if (stored !== null) waits.push(stored);
    for (const input of this.#inputs) {
      if (input.prepare === undefined) continue;
      try {
        const wait = input.prepare(new Time(time));
        if (wait !== undefined) waits.push(wait);
      } catch (e) {
        waits.push(Promise.reject(e));
      }
    }
    return waits.length === 0 ? null : Promise.all(waits).then(() => {});
  }

  /** Gives all that receivers have stored to a batch. */
  allocate(time: number): void {
    if (this.#restored.has(time)) this.#again.add(time);
    else if (time < this.#firstNew) this.#firstNew = time;
    this.#receivers?.allocate(time);
  }

  /** The batch of an input at a time; null if it has none. */
  batch(node: PlanNode, scope: FunctionScope, time: number): RddNode | null {
    const input = this.#byNode.get(node) as InputDStream<unknown>;
    if (time <= (this.#since.get(input.name) ?? Number.NEGATIVE_INFINITY)) return sourceRdd(scope, []);
    // Also where it saves its batches now: a receiver has them stored until there is a log.
    const stored = this.#restored.has(time) ? this.#stored?.(input.name, time) : undefined;
    if (stored === null) return null;
    if (stored !== undefined) return sourceRdd(scope, stored, node.functions.length > 0 ? scope.at(0) : null);
    // Windows look back to times of the run before: an input that cannot give its batches again is not asked for them so late.
    if (this.#isOfRunBefore(time) && (input.saveBatch === undefined || !this.#restored.has(time)))
      return sourceRdd(scope, []);
    const rdd = sourceBatchRdd(input, scope, time, this.infos);
    if (this.#stored !== null && input.saveBatch === undefined) this.#computed.push({ stream: input.name, time, rdd });
    return rdd;
  }

  /** What stands for the batch of an input that failed to give it: an empty one, now and after a restart. */
  missing(node: PlanNode, scope: FunctionScope, time: number): RddNode {
    const rdd = sourceRdd(scope, []);
    if (this.#stored !== null) this.#computed.push({ stream: node.name, time, rdd });
    return rdd;
  }

  /** Whether a batch time had its turn in the run before, and has none in this one. */
  #isOfRunBefore(time: number): boolean {
    return this.#stored !== null && time < this.#firstNew && !this.#again.has(time);
  }

  /** Has the batches of inputs that cannot save them otherwise be collected, for `takeComputed`. */
  collect(stored: StoredBatches): void {
    this.#stored = stored;
  }

  /** What inputs save of a batch, by the name of their stream. */
  saved(time: number): (readonly [stream: string, saved: unknown])[] {
    return this.#inputs
      .filter((input) => input.saveBatch !== undefined)
      .map((input) => [input.name, input.saveBatch?.(new Time(time))] as const);
  }

  /** Where inputs stand behind the batch that was just planned, by the name of their stream. */
  progress(): InputProgress[] {
    return this.#inputs
      .filter((input) => input.saveProgress !== undefined)
      .map((input) => [input.name, input.saveProgress?.()] as const);
  }

  /** Batches that were computed since the last call, whose records have to be stored. */
  takeComputed(): readonly ComputedBatch[] {
    const computed = this.#computed;
    this.#computed = [];
    return computed;
  }

  /** How long what inputs save of a batch is needed, in ms. */
  get savedForMs(): number {
    return Math.max(0, ...this.#inputs.map((input) => input.savedForMs));
  }

  /** Whether there are receivers, whose data a log would keep. */
  get receive(): boolean {
    return this.#inputs.some((input) => input instanceof ReceiverInputDStream);
  }

  /** Has what receivers store go to a log: called before anything is restored. */
  useLog(): void {
    for (const input of this.#inputs) if (input instanceof ReceiverInputDStream) input.useLog();
  }

  /**
   * Gives inputs back what they saved of batches of the run before.
   * @param found batches, oldest first, which of them are over, and where inputs began that are in none
   * @param since by stream, for those that came to the job when it had batches: the last of these
   */
  async restore(
    { batches, done, begun }: Pick<Found, 'batches' | 'done' | 'begun'>,
    since: ReadonlyMap<string, number | undefined>,
  ): Promise<void> {
    this.#since = since;
    for (const { time, empty } of batches) {
      if (!done.has(time) && empty !== true) break;
      this.#overUpTo = time;
    }
    const byName = new Map(this.#inputs.map((input) => [input.name, input]));
    for (const { time, inputs } of batches) {
      this.#restored.add(time);
      for (const [stream, saved] of inputs) await byName.get(stream)?.restoreBatch?.(new Time(time), saved);
    }
    for (const [stream, saved] of [...begun, ...(batches.at(-1)?.progress ?? [])])
      byName.get(stream)?.restoreProgress?.(saved);
  }

  /** A batch has begun: what it took waits no longer. */
  begun(time: number): void {
    this.#receivers?.begun(time);
  }

  /** All batches up to a time have ended. */
  completed(time: number): void {
    this.#receivers?.completed(time);
    this.infos.cleanup(time + 1);
    for (const restored of this.#restored) if (restored <= time - this.rememberMs) this.#restored.delete(restored);
    for (const again of this.#again) if (again <= time - this.rememberMs) this.#again.delete(again);
  }

  /** The receivers; null until they are started. */
  get receivers(): ReceiverTracker | null {
    return this.#receivers;
  }

  /** What waits in receivers, a stream an entry. */
  get backlog(): readonly InputBacklog[] {
    return this.#receivers?.backlog ?? [];
  }

  /** True while there is received data that no batch has got yet. */
  get hasPending(): boolean {
    return this.#inputs.some((input) => input.hasPending());
  }

  /** Names of the inputs that have such data. */
  get pending(): readonly string[] {
    return this.#inputs.filter((input) => input.hasPending()).map((input) => input.name);
  }
}
