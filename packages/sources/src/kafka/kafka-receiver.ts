import { Receiver } from '@millrace/core';
import { error } from '@millrace/core/connector';
import {
  type CheckedKafka,
  type GroupMember,
  type GroupOptions,
  type GroupRecords,
  type KafkaPort,
  type RawRecord,
  type TopicPartition,
  untilReached,
} from '@millrace/kafka';
import { decodeRecords, type KafkaRecord, type OnBadRecord } from './kafka-record.ts';
import { partitionName } from './offset-range.ts';
import type { CheckedReading } from './options.ts';

/** What a receiver needs to know. */
export interface KafkaReceiverSettings<K, V> {
  /** The stream's name, for errors. */
  readonly stream: string;
  readonly kafka: CheckedKafka;
  readonly reading: Pick<CheckedReading<K, V>, 'key' | 'value' | 'retryForMs'> & { readonly onBadRecord: OnBadRecord };
  readonly group: GroupOptions;
}

/** One run: from joining the group to leaving it. */
interface Run {
  readonly port: KafkaPort;
  member: GroupMember | null;
  /** Behind the last record of each partition that is stored. */
  readonly stored: Map<string, number>;
  /** Why records come again, as far as listeners know. */
  readonly said: Set<string>;
}

/** The receiver of `createStream`: a member of a group, which commits what it has stored. */
export class KafkaReceiver<K, V> extends Receiver<KafkaRecord<K, V>> {
  readonly #settings: KafkaReceiverSettings<K, V>;
  #run: Run | null = null;

  constructor(settings: KafkaReceiverSettings<K, V>) {
    super();
    this.#settings = settings;
  }

  override async onStart(): Promise<void> {
    const { stream, kafka, reading, group } = this.#settings;
    const asking = { what: stream, brokers: kafka.shown, clock: this.clock, retryForMs: reading.retryForMs };
    const port = await untilReached(asking, () => kafka.connect());
    const run: Run = { port, member: null, stored: new Map(), said: new Set() };
    this.#run = run;
    try {
      run.member = await untilReached(asking, () => port.join(group, (records) => this.#take(run, records)));
    } catch (e) {
      this.#run = null;
      await port.close();
      throw e;
    }
    run.member.ended.catch((e: unknown) => {
      if (this.#run !== run) return;
      // The next member begins where this one has committed: nothing of what was not stored is lost.
      this.restart(`${stream} left its group: ${e instanceof Error ? e.message : String(e)}`, e);
    });
  }

  override async onStop(): Promise<void> {
    const run = this.#run;
    this.#run = null;
    await run?.member?.stop();
    await run?.port.close();
  }

  /**
   * Stores records; those that are safe are committed. A record that cannot be decoded holds up its partition, and no other: it is
   * said once, and comes again. So do records that could not be stored; those of them that were are left out then.
   */
  async #take(run: Run, taken: GroupRecords): Promise<number> {
    try {
      return await this.#store(run, taken);
    } catch (e) {
      // Of a run that was stopped nobody wants to hear.
      if (this.#run === run) this.#say(run, e);
      throw e;
    }
  }

  /** @returns where to go on: behind the last record, or at one that cannot be decoded */
  async #store(run: Run, { topic, partition, records, next }: GroupRecords): Promise<number> {
    const { decoded, dropped, bad } = this.#decode({ topic, partition }, records);
    const good = bad === null ? records : records.filter(({ offset }) => offset < bad.offset);
    const name = partitionName({ topic, partition });
    const stored = run.stored.get(name) ?? 0;
    for (let at = good.findIndex(({ offset }) => offset >= stored); at >= 0 && at < good.length; ) {
      await this.#room(run);
      const until = at + Math.max(1, this.room);
      const some = good.slice(at, until);
      const wanted = decoded.slice(at, until).flat();
      if (wanted.length > 0) await this.storeMany(wanted, sizeOf(some));
      run.stored.set(name, (some.at(-1) as RawRecord).offset + 1);
      at += some.length;
    }
    if (dropped > 0) this.countDropped(dropped);
    if (bad === null) return next;
    this.#say(run, bad.reason);
    return bad.offset;
  }

  /** What each record is, none where it was dropped, until the first that is bad. */
  #decode(at: TopicPartition, records: readonly RawRecord[]) {
    const { stream, reading } = this.#settings;
    const { key, value, onBadRecord } = reading;
    const decoded: KafkaRecord<K, V>[][] = [];
    let dropped = 0;
    const decoding = { stream, key, value, onBadRecord, dropped: (count: number) => void (dropped += count) };
    for (const record of records) {
      try {
        decoded.push(decodeRecords(at, [record], decoding));
      } catch (reason) {
        return { decoded, dropped, bad: { offset: record.offset, reason } };
      }
    }
    return { decoded, dropped, bad: null };
  }

  /** Tells listeners why records come again, once for each reason. */
  #say(run: Run, reason: unknown): void {
    const message = reason instanceof Error ? reason.message : String(reason);
    if (run.said.has(message)) return;
    run.said.add(message);
    this.reportError(`${this.#settings.stream} could not take records: ${message}`, reason);
  }

  /** Waits for room, which the records of another partition may take first. @throws MR_RECEIVER_STATE when the receiver was stopped */
  async #room(run: Run): Promise<void> {
    for (;;) {
      const room = this.whenRoom();
      if (this.#run === run && this.hasRoom) return;
      if (this.#run !== run || room === undefined)
        throw error('MR_RECEIVER_STATE', { what: 'take records', state: 'Stopped' });
      await room;
    }
  }
}

const sizeOf = (records: readonly RawRecord[]): number =>
  records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
