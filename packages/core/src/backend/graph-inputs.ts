import type { Handle } from '../lineage/rdd-node.ts';
import type { PartitionRecords, PlannedInput, Stage, StageGraph, StageShuffle } from '../lineage/stage-graph.ts';
import type { BucketInput, BucketOutput, TaskInput } from '../task/program.ts';
import { SlotLost } from './contract.ts';
import type { GraphSplits } from './graph-splits.ts';
import type { SlotTransport } from './slot-transport.ts';
import type { Done } from './task-attempt.ts';

/** A bucket in which nothing is: a slot holds no map output of that name. */
const NOTHING: BucketInput = { kind: 'local', key: '', reducer: 0 };

/** Finds what the tasks of one graph read: kept partitions where they lie, buckets where map tasks have left them. */
export class GraphInputs {
  readonly #graph: StageGraph;
  readonly #id: string;
  readonly #slots: readonly SlotTransport[];
  readonly #done: readonly (readonly Done[])[];
  readonly #splits: GraphSplits;
  readonly #exports = new Map<string, ReturnType<SlotTransport['exportBucket']>>();
  readonly #fetchForeign: ((handle: Handle) => Promise<PartitionRecords>) | undefined;

  /** @param done tasks that have run, by stage; it grows */
  constructor(
    graph: StageGraph,
    id: string,
    slots: readonly SlotTransport[],
    done: readonly (readonly Done[])[],
    splits: GraphSplits,
    fetchForeign: ((handle: Handle) => Promise<PartitionRecords>) | undefined,
  ) {
    this.#graph = graph;
    this.#id = id;
    this.#slots = slots;
    this.#done = done;
    this.#splits = splits;
    this.#fetchForeign = fetchForeign;
  }

  /** @param slot index of the slot that the task runs in */
  async resolve(input: PlannedInput, slot: number): Promise<TaskInput> {
    if (input.kind === 'stored') return this.#handle(input.kept.handles[input.partition] as Handle, slot);
    if (input.kind === 'handle') return this.#handle(input.handle, slot);
    if (input.kind === 'fragments') return this.#fragments(input, slot);
    if (input.kind === 'wanted') return { kind: 'wanted', keys: this.#splits.wanted(input.sides, input.reducer) };
    if (input.kind === 'pieces') return this.#pieces(input, slot);
    if (input.kind !== 'shuffle') return input;
    const plan = input.fragments === null ? null : this.#splits.of(input.stage);
    if (input.fragments !== null && plan !== null) {
      const { reducers } = (this.#graph.stages[input.fragments] as Stage).shuffle as StageShuffle;
      const [rest = null] = await this.#buckets(input.fragments, input.reducer, slot);
      const fragments = await this.#buckets(input.fragments, reducers + input.reducer, slot);
      return { kind: 'assembly', rest, fragments, keys: plan.keys.map(({ key }) => key) };
    }
    return { kind: 'buckets', buckets: await this.#buckets(input.stage, input.reducer, slot) };
  }

  /** What all tasks of a stage have in a bucket. */
  async #buckets(stage: number, bucket: number, slot: number): Promise<BucketInput[]> {
    const buckets: BucketInput[] = [];
    for (const done of this.#done[stage]) {
      const output = done.output.buckets?.[bucket] ?? null;
      if (output !== null) buckets.push(await this.#bucket(output, done, bucket, slot));
    }
    return buckets;
  }

  async #pieces({ stage, reducer }: Extract<PlannedInput, { kind: 'pieces' }>, slot: number): Promise<TaskInput> {
    const { part, fragments } = this.#splits.pieces(stage, reducer);
    const buckets: BucketInput[] = [];
    for (const { stage: from, map, bucket } of fragments) {
      const done = this.#done[from][map];
      const output = done.output.buckets?.[bucket] ?? null;
      buckets.push(output === null ? NOTHING : await this.#bucket(output, done, bucket, slot));
    }
    return { kind: 'pieces', buckets, part };
  }

  async #fragments({ stage, reducer }: Extract<PlannedInput, { kind: 'fragments' }>, slot: number): Promise<TaskInput> {
    const part = this.#splits.part(stage, reducer);
    const wanted = [
      ...part.maps.map((map) => ({ map, bucket: reducer })),
      ...part.slices.map(([, , map, bucket]) => ({ map, bucket })),
    ];
    const buckets: BucketInput[] = [];
    for (const { map, bucket } of wanted) {
      const done = this.#done[stage][map];
      const output = done.output.buckets?.[bucket] ?? null;
      buckets.push(output === null ? NOTHING : await this.#bucket(output, done, bucket, slot));
    }
    return { kind: 'fragments', buckets, part };
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

  /** A bucket that lies in another slot: asked for once, however many tasks want it. */
  #exported({ slot, key }: Done, reducer: number): ReturnType<SlotTransport['exportBucket']> {
    const name = `${key} ${reducer}`;
    let exported = this.#exports.get(name);
    if (exported === undefined) {
      exported = this.#slots[slot].exportBucket(key, reducer);
      this.#exports.set(name, exported);
    }
    return exported;
  }

  async #bucket(bucket: NonNullable<BucketOutput>, done: Done, reducer: number, slot: number): Promise<BucketInput> {
    if (bucket.kind === 'bytes') return bucket;
    if (done.epoch !== this.#slots[done.slot].epoch) throw new SlotLost(done.slot, 'its map outputs are gone');
    if (done.slot === slot) return { kind: 'local', key: done.key, reducer };
    const exported = await this.#exported(done, reducer);
    if (exported === null) throw new Error(`slot ${done.slot} no longer has bucket ${reducer} of ${done.key}`);
    return { kind: 'bytes', ...exported };
  }
}
