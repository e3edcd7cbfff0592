import { isKafkaFailure, KafkaFailure } from '../failure.ts';
import type { Fetched, GroupMember, GroupOptions, GroupRecords, HandleRecords, TopicPartition } from '../port.ts';
import { offsetCommitRequest } from '../protocol/offsets-of-groups.ts';
import type { Brokers } from '../protocol/request.ts';
import { Reading } from '../reading.ts';
import type { Codecs } from '../records/compression.ts';
import { A_MOMENT, pause, tryAgain } from '../try-again.ts';
import { Coordinator } from './coordinator.ts';
import { type Generation, GroupMembership } from './membership.ts';
import { fetchOffsets } from './offsets.ts';

/** How long nothing is asked of a partition that had nothing, in ms: longer each time. */
const IDLE = { firstMs: 5, longestMs: 100 } as const;
/** After how long records come again that were not dealt with, in ms. */
const AGAIN = { firstMs: 50, longestMs: 1000 } as const;
/** Most time between two signs of life, in ms: their answers are what tells that the group shares out anew. */
const LONGEST_SILENCE_MS = 1000;
/** How often the one that shares out looks for new partitions, in ms. */
const TOPICS_MS = 5_000;

/**
 * Joins a group, and hands over what its member gets, each partition on its own. What is not there any more ends the member: it
 * never goes on elsewhere by itself.
 *
 * @param brokers connections of its own, since a group lets those wait who join; closed with the member
 * @param failed makes a failure of an error of the client
 */
export async function joinGroup(
  brokers: Brokers,
  codecs: Codecs,
  options: GroupOptions,
  handle: HandleRecords,
  failed: (e: unknown) => Error,
): Promise<GroupMember> {
  const consuming = new Consuming(brokers, codecs, options, handle, failed);
  let first: Generation;
  try {
    first = await consuming.join();
  } catch (e) {
    await consuming.leave();
    throw failed(e);
  }
  const ended = consuming.run(first);
  // Whoever does not look at it has no use for it.
  ended.catch(() => {});
  return {
    ended,
    async stop() {
      consuming.stop();
      await ended.catch(() => {});
    },
  };
}

class Consuming {
  readonly #brokers: Brokers;
  readonly #options: GroupOptions;
  readonly #handle: HandleRecords;
  readonly #failed: (e: unknown) => Error;
  readonly #coordinator: Coordinator;
  readonly #reading: Reading;
  readonly #membership: GroupMembership;
  readonly #stop = new AbortController();
  /** The topics that were there when it joined: others of their names are not read. */
  #ids: ReadonlyMap<string, string> = new Map();

  constructor(
    brokers: Brokers,
    codecs: Codecs,
    options: GroupOptions,
    handle: HandleRecords,
    failed: (e: unknown) => Error,
  ) {
    this.#brokers = brokers;
    this.#options = options;
    this.#handle = handle;
    this.#failed = failed;
    this.#coordinator = new Coordinator(brokers, 'group', options.group);
    this.#reading = new Reading(brokers, codecs);
    this.#membership = new GroupMembership(this.#coordinator, this.#reading, options);
  }

  async join(): Promise<Generation> {
    const { topics } = this.#options;
    const found = await this.#reading.topics(topics);
    this.#ids = new Map(found.map(({ name, id }) => [name, id]));
    const missing = topics.filter((topic) => !this.#ids.has(topic));
    if (missing.length > 0) throw new KafkaFailure('unknown-topic', `there is no topic ${missing.join(', ')}`);
    return this.#tries(() => this.#membership.join());
  }

  /** Consumes until it is stopped or cannot go on. */
  async run(first: Generation): Promise<void> {
    try {
      for (let generation = first; ; generation = await this.#tries(() => this.#membership.join())) {
        if (!this.#stop.signal.aborted) await this.#consume(generation);
        if (this.#stop.signal.aborted) return;
      }
    } catch (e) {
      throw this.#failed(e);
    } finally {
      await this.leave();
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async leave(): Promise<void> {
    await this.#membership.leave();
    await this.#brokers.close().catch(() => {});
  }

  /** One generation: until the group shares out anew, it is stopped, or something fails. */
  async #consume(generation: Generation): Promise<void> {
    const over = new AbortController();
    const end = () => over.abort();
    this.#stop.signal.addEventListener('abort', end, { once: true });
    const failures: unknown[] = [];
    const failing = (e: unknown) => {
      failures.push(e);
      end();
    };
    const dealtWith = new AbortController();
    // Signs of life go on while handlers finish what they have.
    const alive = this.#stayAlive(generation, over, dealtWith.signal).catch(failing);
    try {
      const positions = await this.#positions(generation);
      await Promise.all(
        generation.partitions.map((of, i) =>
          this.#consumePartition(of, positions[i] as number, generation, over).catch(failing),
        ),
      );
      // Without a share there is nothing to do but to be there.
      if (!over.signal.aborted)
        await new Promise((resolve) => over.signal.addEventListener('abort', resolve, { once: true }));
    } catch (e) {
      failing(e);
    } finally {
      dealtWith.abort();
      await alive;
      this.#stop.signal.removeEventListener('abort', end);
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Where to begin. What is begun at the end is committed at once: otherwise the next share would begin at a later end. */
  async #positions(generation: Generation): Promise<number[]> {
    const { partitions, group } = generation;
    if (partitions.length === 0) return [];
    const { from, isolation } = this.#options;
    const stable = isolation === 'read_committed';
    const committed = await this.#tries(() => fetchOffsets(this.#coordinator, group, partitions, stable));
    const positions = new Map(committed.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
    const fresh = partitions.filter(({ topic, partition }) => !positions.has(`${topic}/${partition}`));
    if (fresh.length > 0) {
      const questions = fresh.map((each) => ({ ...each, at: from }));
      const offsets = await this.#tries(() => this.#reading.offsets(questions, isolation));
      fresh.forEach(({ topic, partition }, i) => {
        positions.set(`${topic}/${partition}`, offsets[i] as number);
      });
      if (from === 'latest')
        await this.#commit(
          generation,
          fresh.map((each, i) => ({ ...each, offset: offsets[i] as number })),
        );
    }
    return partitions.map(({ topic, partition }) => positions.get(`${topic}/${partition}`) as number);
  }

  async #consumePartition(
    of: TopicPartition,
    begin: number,
    generation: Generation,
    over: AbortController,
  ): Promise<void> {
    const { topic, partition } = of;
    const { isolation, maxBytes } = this.#options;
    const topicId = this.#ids.get(topic) as string;
    const { signal } = over;
    for (let position = begin, idleMs: number = IDLE.firstMs; !signal.aborted; ) {
      const request = { topic, partition, topicId, offset: position, isolation, maxBytes, maxWaitMs: 0 };
      const fetched = await this.#tries(() => this.#reading.fetch(request), signal);
      if (fetched.next === position) {
        await pause(idleMs, signal);
        idleMs = Math.min(idleMs * 2, IDLE.longestMs);
        continue;
      }
      idleMs = IDLE.firstMs;
      for (let part: Fetched | undefined = fetched; part !== undefined; part = part.more?.()) {
        // Until all of it is dealt with, piece by piece if need be.
        while (position < part.next) {
          const rest = part.records.filter(({ offset }) => offset >= position);
          const records = { topic, partition, records: rest, next: part.next };
          const next = rest.length === 0 ? part.next : await this.#dealtWith(records, signal);
          if (next === null) return;
          if (next > position && !(await this.#commit(generation, [{ ...of, offset: next }]))) {
            over.abort();
            return;
          }
          position = next;
        }
      }
    }
  }

  /** Hands records over until some are taken. @returns where to go on; null if the share was over before */
  async #dealtWith(records: GroupRecords, signal: AbortSignal): Promise<number | null> {
    const [first] = records.records;
    for (let waitMs: number = AGAIN.firstMs; !signal.aborted; waitMs = Math.min(waitMs * 2, AGAIN.longestMs)) {
      try {
        const next = (await this.#handle(records)) ?? records.next;
        if (next > (first?.offset ?? -1)) return next;
      } catch {
        // Whoever handles them says what is wrong.
      }
      await pause(waitMs, signal);
    }
    return null;
  }

  /** False when the share is not this member's any more: somebody else gets the records again. */
  async #commit(
    generation: Generation,
    offsets: readonly (TopicPartition & { readonly offset: number })[],
  ): Promise<boolean> {
    const request = offsetCommitRequest(
      generation,
      offsets.map((each) => ({ ...each, metadata: '' })),
    );
    return this.#tries(async () => {
      const answers = await this.#coordinator.send(request);
      return answers.every(({ error }) => this.#membership.stays(error));
    });
  }

  async #stayAlive(generation: Generation, over: AbortController, dealtWith: AbortSignal): Promise<void> {
    const { sessionTimeoutMs } = this.#options;
    const everyMs = Math.min(Math.max(Math.floor(sessionTimeoutMs / 3), 100), LONGEST_SILENCE_MS);
    let heard = performance.now();
    let looked = heard;
    while (!dealtWith.aborted) {
      await pause(everyMs, dealtWith);
      if (dealtWith.aborted) return;
      try {
        if (!(await this.#membership.beat(generation))) over.abort();
        heard = performance.now();
        if (generation.counts !== null && heard - looked >= TOPICS_MS) {
          looked = heard;
          if (await this.#haveChanged(generation.counts)) over.abort();
        }
      } catch (e) {
        const failure = this.#failed(e);
        if (!isKafkaFailure(failure, 'again') || performance.now() - heard >= sessionTimeoutMs) throw failure;
      }
    }
  }

  async #haveChanged(counts: ReadonlyMap<string, number>): Promise<boolean> {
    const found = await this.#reading.topics([...counts.keys()]);
    return found.some(({ name, partitions }) => partitions.length !== counts.get(name));
  }

  /** Brokers that are away for a moment do not end a member. */
  #tries<R>(work: () => Promise<R>, signal: AbortSignal = this.#stop.signal): Promise<R> {
    const once = async () => {
      try {
        return await work();
      } catch (e) {
        throw this.#failed(e);
      }
    };
    return tryAgain(A_MOMENT, once, { signal });
  }
}
