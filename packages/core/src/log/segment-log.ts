import { mkdirSync } from 'node:fs';
import { error } from '../errors/index.ts';
import type { Clock } from '../schedule/clock.ts';
import { type LogFile, type LogFiles, systemFiles } from './log-files.ts';
import { type LogPosition, readLogRecord } from './read-record.ts';
import { FORMAT, RECORD_HEADER, recordHead, SEGMENT_HEADER, segmentHeader } from './record-format.ts';
import { segmentNumbers, segmentPath } from './segment-files.ts';
import { type FoundRecord, scanSegment } from './segment-scan.ts';

/** What a log does with bytes that are not what was written. */
export type DamagePolicy = 'fail' | 'skip';

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
  readonly files?: LogFiles;
}

/** A record as it is found when a log is opened. */
export interface LoggedRecord {
  readonly time: number;
  readonly position: LogPosition;
  readonly header: Uint8Array;
}

/** What was wrong with a log when it was opened, in words; what a crash leaves of a record that was never safe is among it. */
export interface LogReport {
  readonly records: number;
  readonly torn: readonly string[];
  readonly damaged: readonly string[];
}

interface Segment {
  readonly number: number;
  bytes: number;
}

interface Waiting {
  readonly time: number;
  readonly header: Uint8Array;
  readonly payload: readonly Uint8Array[];
  readonly bytes: number;
  readonly done: PromiseWithResolvers<LogPosition>;
}

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
  #waiting: Waiting[] = [];
  #pendingBytes = 0;
  #flushing: Promise<void> | null = null;
  #failure: Error | null = null;
  #closed = false;
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
    mkdirSync(this.dir, { recursive: true });
    const torn: string[] = [];
    const damaged: string[] = [];
    const { onDamage = 'fail', warn } = this.#options;
    const damage = (file: string, offset: number, what: string) => {
      if (onDamage === 'fail') throw error('MR_LOG_DAMAGED', { file, offset, what });
      damaged.push(`${file} at byte ${offset}: ${what}`);
    };
    const numbers = segmentNumbers(this.dir);
    /** The end of a segment that could be a torn tail: whether it is one shows the next segment. */
    let open: { readonly file: string; readonly offset: number } | null = null;
    let last: number | null = null;
    let records = 0;
    numbers.forEach((number, i) => {
      const path = segmentPath(this.dir, number);
      const found: FoundRecord[] = [];
      const scan = scanSegment(path, (record) => found.push(record));
      if (scan.header === null) {
        // Begun, and nothing came of it: a process that died, a disk that was full. What should be in it, the next one shows.
        if (scan.size <= SEGMENT_HEADER) torn.push(`${path}: the header`);
        else damage(path, 0, 'the header of the segment is damaged');
        return;
      }
      if (scan.header.format > FORMAT)
        throw error('MR_LOG_NEWER', { file: path, found: scan.header.format, known: FORMAT });
      const expected: number = last === null ? scan.header.firstSequence : last + 1;
      if (scan.header.firstSequence > expected)
        damage(path, 0, `records ${expected} to ${scan.header.firstSequence - 1} before it are missing`);
      else if (open !== null) torn.push(`${open.file}: what begins at byte ${open.offset} was not completed`);
      open = null;
      const segment: Segment = { number, bytes: scan.size };
      for (const { from, to } of scan.damage) {
        if (to === scan.size) open = { file: path, offset: from };
        else damage(path, from, `${to - from} bytes are no record`);
      }
      for (const { sequence, time, offset, header, headerLength, payloadLength } of found) {
        // Written twice, since the first time may not have reached the disk.
        if (last !== null && sequence <= last) continue;
        last = sequence;
        records += 1;
        const length = RECORD_HEADER + headerLength + payloadLength;
        visit({ time, header, position: { segment: number, offset, length } });
      }
      this.#segments.push(segment);
    });
    if (open !== null) {
      const { file, offset } = open as { file: string; offset: number };
      torn.push(`${file}: what begins at byte ${offset} was not completed`);
    }
    this.#nextSegment = (numbers.at(-1) ?? -1) + 1;
    this.#nextSequence = (last ?? -1) + 1;
    for (const what of torn)
      warn(`A record of the log was being written when the process died, and was never safe: ${what}.`);
    for (const what of damaged) warn(`The log is damaged, and what is lost is left out: ${what}.`);
    return { records, torn, damaged };
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
    const done = Promise.withResolvers<LogPosition>();
    this.#waiting.push({ time, header, payload, bytes, done });
    this.#pendingBytes += bytes;
    this.#flushing ??= this.#flush();
    return done.promise;
  }

  /** The payload of a record. @throws MR_LOG_DAMAGED */
  read(position: LogPosition): Uint8Array {
    return readLogRecord(this.dir, position);
  }

  /**
   * Deletes segments before one, in the background; never the one that is written. What cannot be deleted is tried again the
   * next time (R139).
   */
  clean(before: number): Promise<void> {
    this.#cleaning = this.#cleaning.then(async () => {
      const active = this.#file === null ? null : this.#segments.at(-1);
      for (const segment of [...this.#segments]) {
        // From the oldest on without a gap: a segment that is missing in between would be damage.
        if (segment.number >= before || segment === active) break;
        try {
          await this.#files.remove(segmentPath(this.dir, segment.number));
        } catch (e) {
          if ((e as NodeJS.ErrnoException).code !== 'ENOENT') {
            this.#options.warn(`A segment of the log could not be deleted: ${String(e)}`);
            break;
          }
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
    const buffers: Uint8Array[] = [];
    const positions: LogPosition[] = [];
    let offset = segment.bytes;
    group.forEach(({ time, header, payload, bytes }, i) => {
      buffers.push(recordHead(first + i, time, header, payload), header, ...payload);
      positions.push({ segment: segment.number, offset, length: bytes });
      offset += bytes;
    });
    await file.write(buffers, segment.bytes);
    await file.sync();
    segment.bytes = offset;
    this.#syncs += 1;
    this.#nextSequence = first + group.length;
    return positions;
  }

  /** The segment that is written, or a new one. */
  async #current(firstSequence: number): Promise<LogFile> {
    const { segmentBytes = 64 * 2 ** 20, rollIntervalMs = 60_000, clock } = this.#options;
    const active = this.#segments.at(-1);
    const full = active !== undefined && active.bytes >= segmentBytes;
    if (this.#file !== null && !full && clock.elapsed() - this.#begun < rollIntervalMs) return this.#file;
    await this.#file?.close();
    this.#file = null;
    const number = this.#nextSegment++;
    const file = await this.#files.create(this.dir, segmentPath(this.dir, number));
    this.#file = file;
    this.#begun = clock.elapsed();
    await file.write([segmentHeader(number, firstSequence)], 0);
    this.#segments.push({ number, bytes: SEGMENT_HEADER });
    return file;
  }

  /** Rejects a group and all that wait: what is behind a record that is missing must not be safe. */
  #fail(cause: unknown, group: readonly Waiting[]): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#failure = error('MR_LOG_WRITE', { dir: this.dir, reason }, { cause });
    for (const { done } of [...group, ...this.#waiting]) done.reject(this.#failure);
    for (const { bytes } of this.#waiting) this.#pendingBytes -= bytes;
    this.#waiting = [];
  }
}
