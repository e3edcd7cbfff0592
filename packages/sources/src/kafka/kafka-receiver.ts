import { Receiver } from '@millrace/core';
import { error } from '@millrace/core/connector';
import {
  type CheckedKafka,
  type GroupMember,
  type GroupOptions,
  type GroupRecords,
  type KafkaPort,
  type RawRecord,
  untilReached,
} from '@millrace/kafka';
import { decodeRecords, type KafkaRecord, type OnBadRecord } from './kafka-record.ts';
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
    const run: Run = { port, member: null };
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

  /** Resolves when all records are safe: then they are committed. Rejects if they are not: then they come again. */
  async #take(run: Run, { topic, partition, records }: GroupRecords): Promise<void> {
    const { stream, reading } = this.#settings;
    const { key, value, onBadRecord } = reading;
    const dropped = (count: number) => this.countDropped(count);
    for (let at = 0; at < records.length; ) {
      await this.#room(run);
      const some = records.slice(at, at + Math.max(1, this.room));
      at += some.length;
      const decoding = { stream, key, value, onBadRecord, dropped };
      const decoded = decodeRecords({ topic, partition }, some, decoding);
      if (decoded.length > 0) await this.storeMany(decoded, sizeOf(some));
    }
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
