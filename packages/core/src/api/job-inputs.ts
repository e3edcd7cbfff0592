import type { BackendSession } from '../backend/contract.ts';
import type { ListenerBus } from '../events/listener-bus.ts';
import type { FunctionScope } from '../lineage/function-scope.ts';
import type { RddNode } from '../lineage/rdd-node.ts';
import type { PlanNode } from '../plan/node.ts';
import { ReceiverTracker } from '../receiver/receiver-tracker.ts';
import { InputInfoTracker } from '../schedule/input-info-tracker.ts';
import { type ControlledInput, checkBackpressure, RateController } from '../schedule/rate-controller.ts';
import type { InputBacklog } from './health.ts';
import type { InputDStream } from './input-dstream.ts';
import { ReceiverInputDStream } from './receiver-input-dstream.ts';
import { sourceBatchRdd } from './source-batch.ts';
import type { StreamingContext } from './streaming-context.ts';
import { Time } from './time.ts';

/** The input streams of a started job: their life, their batches, and the rate at which they take in. */
export class JobInputs {
  /** What they reported for each batch. */
  readonly infos = new InputInfoTracker();
  readonly #context: StreamingContext;
  readonly #inputs: readonly InputDStream<unknown>[];
  readonly #byNode: ReadonlyMap<PlanNode, InputDStream<unknown>>;
  #receivers: ReceiverTracker | null = null;

  constructor(context: StreamingContext, inputs: readonly InputDStream<unknown>[]) {
    this.#context = context;
    this.#inputs = inputs;
    this.#byNode = new Map(inputs.map((input) => [input.node, input]));
  }

  /** Connects them. @throws what an input throws that cannot begin */
  async start(session: BackendSession, bus: ListenerBus): Promise<void> {
    const { clock, options, backend } = this.#context;
    const backpressure = checkBackpressure(options.backpressure);
    const streams = this.#inputs.filter((i): i is ReceiverInputDStream<unknown> => i instanceof ReceiverInputDStream);
    this.#receivers = new ReceiverTracker(
      streams.map((stream) => stream.receiverSpec(backpressure?.initialRate ?? null)),
      { clock, bus, warn: (message) => this.#context.warn(message), session, oneHeap: backend.sharesMemory },
    );
    for (const stream of streams) stream.attach(this.#receivers.intakeOf(stream.id));
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

  /** What has to be waited for before a batch can be planned; null if nothing. */
  prepare(time: number): Promise<void> | null {
    const waits: Promise<void>[] = [];
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
    this.#receivers?.allocate(time);
  }

  /** The batch of an input at a time; null if it has none. */
  batch(node: PlanNode, scope: FunctionScope, time: number): RddNode | null {
    return sourceBatchRdd(this.#byNode.get(node) as InputDStream<unknown>, scope, time, this.infos);
  }

  /** A batch has begun: what it took waits no longer. */
  begun(time: number): void {
    this.#receivers?.begun(time);
  }

  /** All batches up to a time have ended. */
  completed(time: number): void {
    this.#receivers?.completed(time);
    this.infos.cleanup(time + 1);
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
