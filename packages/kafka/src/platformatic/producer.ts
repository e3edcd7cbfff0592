import type { NumericMap } from '@platformatic/kafka';
import { isKafkaFailure, KafkaFailure, refusedWith } from '../failure.ts';
import { Coordinator } from '../group/coordinator.ts';
import { InTurn } from '../in-turn.ts';
import type { CommittedOffset, Compression, KafkaProducer, OutgoingRecord, ProducerOptions } from '../port.ts';
import { byTopic } from '../protocol/by-topic.ts';
import { nobodyIn } from '../protocol/offsets-of-groups.ts';
import type { Reading } from '../reading.ts';
import { tryAgain } from '../try-again.ts';
import { type Batches, inBatches, toMessage } from './batches.ts';
import type { PlatformaticBrokers } from './brokers.ts';
import type { Library } from './load.ts';

const ALL_IN_SYNC = -1;
/** InitProducerId takes these for `none yet`; what the library sends unless told otherwise is producer 0. */
const NO_PRODUCER = [-1n, -1] as const;
/** The batch is there already: an answer got lost. */
const DUPLICATE_SEQUENCE = 46;
const SEQUENCES = 2 ** 31;
/** A transaction that ends keeps the next from beginning for some milliseconds. */
const TRIES = { most: 40, firstWaitMs: 5, longestWaitMs: 100 } as const;
/** How often it is tried again while nobody answers. */
const LOSSES = 3;

interface Parts {
  readonly library: Library;
  /** Its own: closed with it. */
  readonly brokers: PlatformaticBrokers;
  readonly reading: Reading;
  readonly requestTimeoutMs: number;
  failed(e: unknown): Error;
  closed(producer: KafkaProducer): void;
}

type Identity = readonly [producerId: bigint, epoch: number];

/** A transaction that was begun, and what the brokers know to be in it. */
interface Transaction {
  readonly partitions: Set<string>;
  readonly groups: Set<string>;
}

/**
 * An idempotent producer with the requests of @platformatic/kafka. The library's own one makes itself a new identity when
 * sequences do not fit, and so may write records twice; this one fails.
 */
export class PlatformaticProducer implements KafkaProducer {
  readonly #parts: Parts;
  readonly #compression: Compression;
  readonly #transactionalId: string | null;
  readonly #coordinator: Coordinator | null;
  readonly #identity: Identity;
  readonly #sequences: NumericMap;
  #transaction: Transaction | null = null;
  /** What made it useless. */
  #broken: Error | null = null;
  /** One request after the other: sequences are right only as long as none overtakes another. */
  readonly #turns = new InTurn();

  private constructor(parts: Parts, options: ProducerOptions, coordinator: Coordinator | null, identity: Identity) {
    this.#parts = parts;
    this.#compression = options.compression;
    this.#transactionalId = options.transactionalId ?? null;
    this.#coordinator = coordinator;
    this.#identity = identity;
    this.#sequences = new parts.library.NumericMap();
  }

  /** Takes over from an earlier producer of its name, if it has one. */
  static async make(parts: Parts, options: ProducerOptions): Promise<PlatformaticProducer> {
    const { library, brokers } = parts;
    const { transactionalId = null, transactionTimeoutMs } = options;
    const coordinator = transactionalId === null ? null : new Coordinator(brokers, 'transaction', transactionalId);
    const init = library.initProducerIdV4.api;
    const { producerId, producerEpoch } = await tries(parts, coordinator, (to) =>
      brokers.call(to, init, transactionalId, transactionTimeoutMs, ...NO_PRODUCER),
    );
    return new PlatformaticProducer(parts, options, coordinator, [producerId, producerEpoch]);
  }

  send(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#inTurn(async () => {
      if (records.length === 0) return;
      await this.#mustBeThere(records);
      if (this.#transactionalId !== null) await this.#addPartitions(this.#open(), records);
      for (const batches of inBatches(records)) {
        const sequences = new this.#parts.library.NumericMap();
        for (const [where, { length }] of batches) {
          const first = this.#sequences.getWithDefault(where, 0);
          sequences.set(where, first);
          this.#sequences.set(where, (first + length) % SEQUENCES);
        }
        await this.#write(batches, sequences);
      }
    });
  }

  begin(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#transactionalId === null) throw misuse('a producer without transactionalId has no transactions');
      if (this.#transaction !== null) throw misuse('a transaction was begun already');
      this.#transaction = { partitions: new Set(), groups: new Set() };
    });
  }

  sendOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    return this.#inTurn(async () => {
      if (offsets.length === 0) return;
      const { library, brokers } = this.#parts;
      const transaction = this.#open();
      const name = this.#transactionalId as string;
      if (!transaction.groups.has(group)) {
        const add = library.addOffsetsToTxnV3.api;
        await this.#tries((to) => brokers.call(to, add, name, ...this.#identity, group));
        transaction.groups.add(group);
      }
      const topics = byTopic(offsets).map(({ topic, partitions }) => ({
        name: topic,
        partitions: partitions.map(({ partition, offset, metadata }) => ({
          partitionIndex: partition,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: metadata,
        })),
      }));
      const { generation, memberId } = nobodyIn(group);
      const commit = library.txnOffsetCommitV3.api;
      await tries(this.#parts, new Coordinator(brokers, 'group', group), (to) =>
        brokers.call(to, commit, name, group, ...this.#identity, generation, memberId, null, topics),
      );
    });
  }

  commit(): Promise<void> {
    return this.#inTurn(() => this.#end(true));
  }

  abort(): Promise<void> {
    return this.#inTurn(() => this.#end(false), { evenBroken: true });
  }

  async close(): Promise<void> {
    this.#parts.closed(this);
    await this.#turns.do(async () => {
      // What is open would hold up readers until its time is over.
      if (this.#transaction !== null) await this.#end(false).catch(() => {});
    });
    await this.#parts.brokers.close();
  }

  async #end(committed: boolean): Promise<void> {
    const { partitions, groups } = this.#open();
    this.#transaction = null;
    // The brokers have not heard of a transaction in which there is nothing.
    if (partitions.size === 0 && groups.size === 0) return;
    const { library, brokers } = this.#parts;
    const end = library.endTxnV3.api;
    const name = this.#transactionalId as string;
    await this.#tries((to) => brokers.call(to, end, name, ...this.#identity, committed));
  }

  /** Before anything is counted as sent. */
  async #mustBeThere(records: readonly OutgoingRecord[]): Promise<void> {
    const { reading, failed } = this.#parts;
    try {
      await reading.leaders(records);
    } catch (e) {
      const failure = failed(e);
      if (isKafkaFailure(failure, 'unknown-topic')) throw new Misuse(failure);
      // It is tried again with the records.
    }
  }

  async #addPartitions({ partitions }: Transaction, records: readonly OutgoingRecord[]): Promise<void> {
    const all = new Map(records.map((record) => [`${record.topic}:${record.partition}`, record]));
    const added = [...all].filter(([where]) => !partitions.has(where));
    if (added.length === 0) return;
    const { library, brokers } = this.#parts;
    const [producerId, producerEpoch] = this.#identity;
    const topics = byTopic(added.map(([, record]) => record)).map(({ topic, partitions: of }) => ({
      name: topic,
      partitions: of.map(({ partition }) => partition),
    }));
    const transactionalId = this.#transactionalId as string;
    const transaction = { transactionalId, producerId, producerEpoch, verifyOnly: false, topics };
    await this.#tries((to) => brokers.call(to, library.addPartitionsToTxnV3.api, [transaction]));
    for (const [where] of added) partitions.add(where);
  }

  /** Writes until every batch is there, with the sequences that they have: a batch that comes twice is taken once. */
  async #write(batches: Batches, sequences: NumericMap): Promise<void> {
    const { reading, failed } = this.#parts;
    let losses = 0;
    await tryAgain(
      TRIES,
      async () => {
        const waiting = [...batches.values()];
        const leaders = await reading.leaders(waiting.map(([first]) => first as OutgoingRecord)).catch((e: unknown) => {
          throw failed(e);
        });
        const byLeader = Map.groupBy(waiting.keys(), (i) => leaders[i] as number);
        const results = await Promise.allSettled(
          [...byLeader].map(([leader, of]) =>
            this.#writeTo(
              leader,
              of.flatMap((i) => waiting[i] as OutgoingRecord[]),
              sequences,
              batches,
            ),
          ),
        );
        for (const result of results) if (result.status === 'rejected') throw result.reason;
      },
      { worthIt: (e) => (e as KafkaFailure).code !== null || ++losses <= LOSSES },
    );
  }

  /** @param batches those that were taken are removed */
  async #writeTo(
    leader: number,
    records: readonly OutgoingRecord[],
    sequences: NumericMap,
    batches: Batches,
  ): Promise<void> {
    const { library, brokers, reading, requestTimeoutMs, failed } = this.#parts;
    const [producerId, producerEpoch] = this.#identity;
    const options = {
      compression: this.#compression,
      producerId,
      producerEpoch,
      sequences,
      ...(this.#transactionalId === null ? {} : { transactionalId: this.#transactionalId }),
    };
    const produce = library.produceV9.api;
    let answer: Awaited<ReturnType<typeof produce.async>>;
    try {
      answer = await brokers.call(leader, produce, ALL_IN_SYNC, requestTimeoutMs, records.map(toMessage), options);
    } catch (e) {
      const answered = (e as { response?: typeof answer }).response;
      if (answered === undefined) {
        reading.forget(records);
        throw failed(e);
      }
      answer = answered;
    }
    const partitions = (answer as Exclude<typeof answer, boolean>).responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode }) => ({ topic: name, partition: index, code: errorCode })),
    );
    let failure: KafkaFailure | null = null;
    for (const { topic, partition, code } of partitions) {
      if (code === 0 || code === DUPLICATE_SEQUENCE) batches.delete(`${topic}:${partition}`);
      else {
        reading.forget([{ topic, partition }]);
        const refusal = refusedWith(code, `records for ${topic}/${partition} were not taken`);
        if (failure === null || failure.kind === 'again') failure = refusal;
      }
    }
    if (failure !== null) throw failure;
  }

  #open(): Transaction {
    if (this.#transaction === null) throw misuse('no transaction was begun');
    return this.#transaction;
  }

  #tries<R>(work: (to: number | null) => Promise<R>): Promise<R> {
    return tries(this.#parts, this.#coordinator, work);
  }

  #inTurn(work: () => Promise<void>, { evenBroken = false } = {}): Promise<void> {
    return this.#turns.do(async () => {
      if (this.#broken !== null && !evenBroken) throw this.#broken;
      try {
        await work();
      } catch (e) {
        // Whoever called it wrongly may go on.
        if (e instanceof Misuse) throw e.failure;
        const failure = this.#parts.failed(e);
        this.#broken ??= failure;
        throw failure;
      }
    });
  }
}

/** A call that should not have been, after which the producer is as it was. */
class Misuse extends Error {
  readonly failure: KafkaFailure;

  constructor(failure: KafkaFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

const misuse = (message: string) => new Misuse(new KafkaFailure('fatal', message));

/** Asks the broker of something, or any, again while it is elsewhere, or is not ready for it yet. */
function tries<R>(
  { failed }: Parts,
  coordinator: Coordinator | null,
  work: (to: number | null) => Promise<R>,
): Promise<R> {
  let losses = 0;
  const once = async () => {
    try {
      return await work(coordinator === null ? null : await coordinator.find());
    } catch (e) {
      const failure = failed(e);
      if (!(failure instanceof KafkaFailure)) throw failure;
      if (failure.code === null) coordinator?.forget();
      else coordinator?.noteCode(failure.code);
      throw failure;
    }
  };
  return tryAgain(TRIES, once, { worthIt: (e) => (e as KafkaFailure).code !== null || ++losses <= LOSSES });
}
