import { error } from '../errors/index.ts';
import type { Clock } from '../schedule/clock.ts';
import { makeDirectories } from '../system/make-directories.ts';
import { groupBuffers } from './group-buffers.ts';
import { type LogFile, type LogFiles, systemFiles } from './log-files.ts';
import { type LogMark, markBytes, markPath } from './log-mark.ts';
import { type LogPosition, readLogRecord } from './read-record.ts';
import { RECORD_HEADER, type RecordToWrite, SEGMENT_HEADER, segmentHeader } from './record-format.ts';
import {
  type DamagePolicy,
  type LogDamage,
  type LoggedRecord,
  type LogReport,
  recoverLog,
  type Segment,
} from './recover.ts';
import { segmentPath } from './segment-files.ts';

/** Options of a log. */
export interface SegmentLogOptions {
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** A new segment begins when one has so many bytes; 64 MiB unless given. */
  readonly segmentBytes?: number;
  /** A new segment begins when one is so old, so that it can be deleted; 60 s unless given (R138). */
  readonly rollIntervalMs?: number;
  /** How often a group of records is tried to be written; 3 unless given (R138). */
  readonly maxFailures?: number;
  /** What becomes of a log in which something is missing or changed: `fail` unless given. */
  readonly onDamage?: DamagePolicy;
  /** Hears, once, that nothing more can be written: whoever stores here would be refused until the log is opened anew. */
  readonly onFailure?: (reason: Error) => void;
  readonly files?: LogFiles;
}

interface Waiting extends RecordToWrite {
  readonly done: PromiseWithResolvers<LogPosition>;
}

/** Bytes of a record at most: more cannot be read in one call. */
const RECORD_BYTES = 2 ** 30;
/** Bytes that are written and synced together at most. */
const GROUP_BYTES = 16 * 2 ** 20;

/**
 * An append-only log in segment files. A record is on disk when `append` resolves; all that are appended while a sync is under
 * way share the next one. Each has a checksum and a number, so that what is torn, changed or missing is found when the log is
 * opened. Spark's WriteAheadLog.
 */
export class SegmentLog {
  readonly dir: string;
  readonly #options: SegmentLogOptions;
  readonly #files: LogFiles;
  #segments: Segment[] = [];
  #file: LogFile | null = null;
  #begun = 0;
  #nextSegment = 0;
  #nextSequence = 0;
  #newestRecord = -1;
  /** Records before this one are on disk. */
  #safeBefore = 0;
  #waiting: Waiting[] = [];
  #pendingBytes = 0;
  #flushing: Promise<void> | null = null;
  #failure: Error | null = null;
  #closed = false;
  /** What the mark says of this run's records. */
  #marked: LogMark = { segment: -1, safeBefore: 0 };
  #isMarked = false;
  #records = 0;
  #syncs = 0;
  #cleaning: Promise<void> = Promise.resolve();

  constructor(dir: string, options: SegmentLogOptions) {
    this.dir = dir;
    this.#options = options;
    this.#files = options.files ?? systemFiles;
  }

  /**
   * Looks through what there is, and gives each record, in order. New ones go to a new segment.
   * @throws MR_LOG_DAMAGED unless `onDamage` is `skip`; MR_LOG_NEWER. Nothing is changed then
   */
  open(visit: (record: LoggedRecord) => void): LogReport {
    makeDirectories(this.dir);
    const { onDamage = 'fail', warn } = this.#options;
    const { report, segments, nextSegment, nextSequence, isMarked, safeBefore, unsynced } = recoverLog(
      this.dir,
      onDamage,
      (record) => {
        this.#newestRecord = record.position.segment;
        visit(record);
      },
    );
    // A process that was killed leaves records that the system has and the disk has not. Whoever is given them builds on them.
    if (unsynced !== null) this.#files.rewrite(segmentPath(this.dir, unsynced.segment), unsynced.offset);
    this.#segments = segments;
    this.#nextSegment = nextSegment;
    this.#nextSequence = nextSequence;
    this.#safeBefore = safeBefore;
    this.#isMarked = isMarked;
    for (const what of report.torn)
      warn(
        `The last record of the log is not whole, and is left out: ${what}. If it was being written when the process died it was never acknowledged; if nothing had died, the file is damaged.`,
      );
    for (const damage of report.damaged) this.#accept(damage);
    return report;
  }

  /**
   * Appends a record. `header` is given back when the log is opened, without the payload being kept.
   * @returns where it is, once it is on disk
   * @throws MR_LOG_WRITE, also for all later records until the log is opened anew
   */
  append(time: number, header: Uint8Array, payload: readonly Uint8Array[]): Promise<LogPosition> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#closed) return Promise.reject(error('MR_LOG_WRITE', { dir: this.dir, reason: 'it is closed' }));
    let bytes = RECORD_HEADER + header.length;
    for (const part of payload) bytes += part.length;
    if (bytes > RECORD_BYTES) {
      const reason = `a record has ${bytes} bytes, and may have ${RECORD_BYTES}`;
      return Promise.reject(error('MR_LOG_WRITE', { dir: this.dir, reason }));
    }
    const done = Promise.withResolvers<LogPosition>();
    this.#waiting.push({ time, header, payload, bytes, done });
    this.#pendingBytes += bytes;
    this.#flushing ??= this.#flush();
    return done.promise;
  }

  /** Makes sure that a log has its mark, whatever it has else. After `open`. */
  async ensureMarked(): Promise<void> {
    // All that was found is on disk.
    if (!this.#isMarked) await this.#mark({ segment: this.#newestRecord, safeBefore: this.#nextSequence });
  }

  /** The segment of the newest record that is on disk; -1 if there is none. Whoever writes it down can `expect` it later. */
  get newestRecord(): number {
    return this.#newestRecord;
  }

  /**
   * Makes sure that the newest segments are there: nothing in the others names them. After `open`.
   * @param segment the newest that had a record, by somebody who was told so
   * @throws MR_LOG_DAMAGED unless `onDamage` is `skip`
   */
  expect(segment: number): void {
    const newest = this.#segments.at(-1)?.number ?? -1;
    if (newest >= segment) return;
    this.lost(segment, 0, 'the file is missing, and so is what was in it');
    // Its number is not used again, so that no position comes to mean something else.
    this.#nextSegment = Math.max(this.#nextSegment, segment + 1);
  }

  /** Somebody knows of something that was on disk and is not there. @throws MR_LOG_DAMAGED unless `onDamage` is `skip` */
  lost(segment: number, offset: number, what: string): void {
    const file = segmentPath(this.dir, segment);
    const { onDamage = 'fail' } = this.#options;
    if (onDamage === 'fail') throw error('MR_LOG_DAMAGED', { file, offset, what });
    this.#accept({ file, offset, what });
  }

  #accept({ file, offset, what }: LogDamage): void {
    this.#options.warn(`The log is damaged, and what is lost is left out: ${what}, in ${file} at byte ${offset}.`);
  }

  /** The payload of a record. @throws MR_LOG_DAMAGED */
  read(position: LogPosition): Uint8Array {
    return readLogRecord(this.dir, position);
  }

  /**
   * Deletes segments before one, in the background; never the newest, so that numbers go on from it and no position is ever used
   * twice. What cannot be deleted is tried again the next time (R139).
   */
  clean(before: number): Promise<void> {
    this.#cleaning = this.#cleaning.then(async () => {
      for (const segment of [...this.#segments]) {
        // From the oldest on without a gap: a segment that is missing in between would be damage.
        if (segment.number >= before || segment === this.#segments.at(-1)) break;
        try {
          await this.#files.remove(segmentPath(this.dir, segment.number));
        } catch (e) {
          this.#options.warn(`A segment of the log could not be deleted: ${String(e)}`);
          break;
        }
        this.#segments.shift();
      }
    });
    return this.#cleaning;
  }

  /** What there is: segments and their bytes, records and syncs since it was opened, bytes on their way to disk. */
  stats() {
    const { length } = this.#segments;
    const bytes = this.#segments.reduce((sum, s) => sum + s.bytes, 0);
    return { segments: length, bytes, records: this.#records, syncs: this.#syncs, pendingBytes: this.#pendingBytes };
  }

  /** Waits for what is being written. Twice is fine. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#flushing !== null) await this.#flushing;
    // With a disk that is full the end of the newest segment is what it would be after a crash.
    const all = { segment: this.#newestRecord, safeBefore: this.#nextSequence };
    if (this.#records > 0 && this.#marked.safeBefore < all.safeBefore) await this.#mark(all).catch(() => {});
    await this.#cleaning;
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => {});
  }

  async #flush(): Promise<void> {
    // What is appended in the same turn belongs together.
    await null;
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        const positions = await this.#writeGroup(group);
        group.forEach(({ done }, i) => {
          done.resolve(positions[i] as LogPosition);
        });
        this.#records += group.length;
      } catch (e) {
        this.#fail(e, group);
      }
      for (const { bytes } of group) this.#pendingBytes -= bytes;
    }
    this.#flushing = null;
  }

  #nextGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || bytes < GROUP_BYTES))
      bytes += this.#waiting[count++]?.bytes ?? 0;
    return this.#waiting.splice(0, count);
  }

  /** Writes records together. What failed goes to a new segment: a failed sync says nothing of what is on disk. */
  async #writeGroup(group: readonly Waiting[]): Promise<LogPosition[]> {
    const { maxFailures = 3, warn } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(group);
      } catch (e) {
        const file = this.#file;
        this.#file = null;
        // What was not acknowledged should not come back: the system may show what the disk never got.
        await file?.truncate((this.#segments.at(-1) as Segment).bytes).catch(() => {});
        await file?.close().catch(() => {});
        if (attempt >= maxFailures) throw e;
        warn(`The log could not be written (${String(e)}); it is tried again in a new segment.`);
      }
    }
  }

  async #attempt(group: readonly Waiting[]): Promise<LogPosition[]> {
    const first = this.#nextSequence;
    const file = await this.#current(first);
    const segment = this.#segments.at(-1) as Segment;
    const positions: LogPosition[] = [];
    let offset = segment.bytes;
    for (const { bytes } of group) {
      positions.push({ segment: segment.number, offset, length: bytes });
      offset += bytes;
    }
    const buffers = groupBuffers(first, group);
    await file.write(buffers, segment.bytes);
    await file.sync();
    // They stay, also where the mark fails and they are written once more: it may say already that they are there.
    segment.bytes = offset;
    const next = first + group.length;
    // Once for each segment.
    if (this.#marked.segment !== segment.number) await this.#mark({ segment: segment.number, safeBefore: next });
    this.#newestRecord = segment.number;
    this.#syncs += 1;
    this.#nextSequence = next;
    this.#safeBefore = next;
    return positions;
  }

  async #mark(mark: LogMark): Promise<void> {
    await this.#files.replace(markPath(this.dir), markBytes(mark));
    this.#marked = mark;
    this.#isMarked = true;
  }

  /** The segment that is written, or a new one. */
  async #current(firstSequence: number): Promise<LogFile> {
    const { segmentBytes = 64 * 2 ** 20, rollIntervalMs = 60_000, clock } = this.#options;
    const active = this.#segments.at(-1);
    const full = active !== undefined && active.bytes >= segmentBytes;
    if (this.#file !== null && !full && clock.elapsed() - this.#begun < rollIntervalMs) return this.#file;
    const before = this.#file;
    this.#file = null;
    // All in it is on disk.
    await before?.close().catch(() => {});
    const number = this.#nextSegment++;
    const header = segmentHeader(number, firstSequence, this.#safeBefore);
    const file = await this.#files.create(this.dir, segmentPath(this.dir, number), header);
    this.#segments.push({ number, bytes: SEGMENT_HEADER });
    this.#file = file;
    this.#begun = clock.elapsed();
    return file;
  }

  /** Rejects a group and all that wait: what is behind a record that is missing must not be safe. */
  #fail(cause: unknown, group: readonly Waiting[]): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#failure = error('MR_LOG_WRITE', { dir: this.dir, reason }, { cause });
    for (const { done } of [...group, ...this.#waiting]) done.reject(this.#failure);
    for (const { bytes } of this.#waiting) this.#pendingBytes -= bytes;
    this.#waiting = [];
    this.#options.onFailure?.(this.#failure);
  }
}
