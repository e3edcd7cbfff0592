import { Receiver } from '@millrace/core';
import { error, isMillraceError } from '@millrace/core/connector';
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
    const run: Run = { port, member: null, stored: new Map() };
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
   * Resolves when all records are safe: then they are committed. Rejects if they are not: then they come again, and those of
   * them that were stored before are left out.
   */
  async #take(run: Run, taken: GroupRecords): Promise<void> {
    try {
      await this.#store(run, taken);
    } catch (e) {
      // Of a run that was stopped nobody wants to hear.
      if (this.#run !== run) throw e;
      const { stream } = this.#settings;
      const message = `${stream} could not take records: ${e instanceof Error ? e.message : String(e)}`;
      // Bytes that cannot be decoded stay so: the receiver ends at them, and says so each time it comes to them again.
      if (isMillraceError(e, 'MR_BAD_RECORD')) this.restart(message, e);
      else this.reportError(message, e);
      throw e;
    }
  }

  async #store(run: Run, { topic, partition, records }: GroupRecords): Promise<void> {
    const { stream, reading } = this.#settings;
    const { key, value, onBadRecord } = reading;
    const name = partitionName({ topic, partition });
    const stored = run.stored.get(name) ?? 0;
    const fresh = records.filter(({ offset }) => offset >= stored);
    // Before anything is stored: what cannot be decoded leaves nothing half done.
    let droppedCount = 0;
    const decoding = { stream, key, value, onBadRecord, dropped: (count: number) => void (droppedCount += count) };
    const decoded = fresh.map((raw) => decodeRecords({ topic, partition }, [raw], decoding));
    for (let at = 0; at < fresh.length; ) {
      await this.#room(run);
      const until = at + Math.max(1, this.room);
      const some = fresh.slice(at, until);
      const wanted = decoded.slice(at, until).flat();
      if (wanted.length > 0) await this.storeMany(wanted, sizeOf(some));
      run.stored.set(name, (some.at(-1) as RawRecord).offset + 1);
      at += some.length;
    }
    if (droppedCount > 0) this.countDropped(droppedCount);
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
