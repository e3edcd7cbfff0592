import type { Handle } from '../lineage/rdd-node.ts';
import type { PartitionRecords, PlannedInput, Stage, StageGraph } from '../lineage/stage-graph.ts';
import type { BucketInput, BucketOutput, TaskInput } from '../task/program.ts';
import { SlotLost } from './contract.ts';
import type { SlotTransport } from './slot-transport.ts';
import type { Done } from './task-attempt.ts';

/** Finds what the tasks of one graph read: kept partitions where they lie, buckets where map tasks have left them. */
export class GraphInputs {
  readonly #graph: StageGraph;
  readonly #id: string;
  readonly #slots: readonly SlotTransport[];
  readonly #done: readonly (readonly Done[])[];
  readonly #fetchForeign: ((handle: Handle) => Promise<PartitionRecords>) | undefined;

  /** @param done tasks that have run, by stage; it grows */
  constructor(
    graph: StageGraph,
    id: string,
    slots: readonly SlotTransport[],
    done: readonly (readonly Done[])[],
    fetchForeign: ((handle: Handle) => Promise<PartitionRecords>) | undefined,
  ) {
    this.#graph = graph;
    this.#id = id;
    this.#slots = slots;
    this.#done = done;
    this.#fetchForeign = fetchForeign;
  }

  /** @param slot index of the slot that the task runs in */
  async resolve(input: PlannedInput, slot: number): Promise<TaskInput> {
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

  /** Key of a map output. */
  bucketKey(shuffle: string, partition: number): string {
    return `${this.#id}/${shuffle}${partition}`;
  }

  /** What all map tasks will have for a reducer, in the order of their partitions, when they run in the same slot. */
  allBuckets({ stage, reducer }: Extract<PlannedInput, { kind: 'shuffle' }>): TaskInput {
    const { shuffle, tasks } = this.#graph.stages[stage];
    const key = (shuffle as NonNullable<Stage['shuffle']>).key;
    return {
      kind: 'buckets',
      buckets: tasks.map(({ partition }) => ({ kind: 'local', key: this.bucketKey(key, partition), reducer })),
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
    if (owner !== undefined && owner.epoch !== handle.epoch) throw new SlotLost(handle.slot, 'what it kept is gone');
    const fetched = owner !== undefined ? await owner.fetch(handle.key, null) : await this.#fetchForeign?.(handle);
    if (fetched === undefined) throw new Error(`no slot ${handle.slot} holds ${handle.key}`);
    return fetched.kind === 'live' ? { ...fetched, operator: handle.key } : fetched;
  }

  async #bucket(bucket: NonNullable<BucketOutput>, done: Done, reducer: number, slot: number): Promise<BucketInput> {
    if (bucket.kind === 'bytes') return bucket;
    if (done.epoch !== this.#slots[done.slot].epoch) throw new SlotLost(done.slot, 'its map outputs are gone');
    if (done.slot === slot) return { kind: 'local', key: done.key, reducer };
    const exported = await this.#slots[done.slot].exportBucket(done.key, reducer);
    if (exported === null) throw new Error(`slot ${done.slot} no longer has bucket ${reducer} of ${done.key}`);
    return { kind: 'bytes', ...exported };
  }
}
