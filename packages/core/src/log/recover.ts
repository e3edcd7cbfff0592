import { statSync } from 'node:fs';
import { error } from '../errors/index.ts';
import { readLogJob } from './log-job.ts';
import { type LogMark, markPath, readMark } from './log-mark.ts';
import type { LogPosition } from './read-record.ts';
import { FORMAT, RECORD_HEADER, SEGMENT_HEADER, type SegmentHeader } from './record-format.ts';
import { segmentNumbers, segmentPath } from './segment-files.ts';
import { type FoundRecord, scanSegment, segmentInfo } from './segment-scan.ts';

/** What a log does with bytes that are not what was written. */
export type DamagePolicy = 'fail' | 'skip';

/** A record as it is found when a log is opened. */
export interface LoggedRecord {
  readonly time: number;
  readonly position: LogPosition;
  readonly header: Uint8Array;
}

/** Something in a log that is not what was written, or is not there. */
export interface LogDamage {
  readonly file: string;
  readonly offset: number;
  /** In words. */
  readonly what: string;
}

/** What was wrong with a log when it was opened, in words; what a crash leaves of a record that was never safe is among it. */
export interface LogReport {
  readonly records: number;
  readonly torn: readonly string[];
  readonly damaged: readonly LogDamage[];
}

/** A segment that is there. */
export interface Segment {
  readonly number: number;
  bytes: number;
}

/** What a log was found to be. */
export interface Found {
  readonly report: LogReport;
  /** All that are there, also those of which nothing can be read: they take part in cleaning. */
  readonly segments: Segment[];
  /** A number that none of them has, nor one that is missing. */
  readonly nextSegment: number;
  readonly nextSequence: number;
  /** Whether something beside the segments says how far the log was. */
  readonly isMarked: boolean;
  /** Records before this one were on disk; later ones may be missing, since the process died when it wrote them. */
  readonly safeBefore: number;
  /** Where the last group of records begins, which perhaps no sync has covered; null if all that is given is on disk. */
  readonly unsynced: { readonly segment: number; readonly offset: number } | null;
}

/** A gap that could be what a crash left of a group; what comes behind it shows whether it is. */
interface Gap {
  readonly file: string;
  readonly offset: number;
  /** The first record that may have been in it. */
  readonly sequence: number;
  /** Whether its bytes can be what a crash leaves; else they are damaged, whatever comes behind. */
  readonly mayBeTorn: boolean;
}

/**
 * Looks through the segments of a log and gives each record, in order, once. Changes nothing.
 *
 * What was being written when the process died may lack any of its pages, and more than its end: all that is known is that a group
 * is begun when the one before it is on disk. So a gap is torn, not damaged, where nothing behind it says that it was on disk: no
 * record of a later group, no segment that was made later by a process that knew, no mark; and where its bytes can be those of a
 * record that was not completed.
 *
 * @throws MR_LOG_DAMAGED unless `onDamage` is `skip`; MR_LOG_NEWER
 */
export function recoverLog(dir: string, onDamage: DamagePolicy, visit: (record: LoggedRecord) => void): Found {
  const recovery = new Recovery(onDamage, visit);
  // In this order: a log that is written meanwhile has a mark when it says so, and at least what its mark said.
  const shouldBeMarked = readLogJob(dir)?.marked === true;
  const mark = readMark(dir);
  const numbers = segmentNumbers(dir);
  const isFile = (number: number) => statSync(segmentPath(dir, number)).isFile();
  for (const number of numbers)
    if (!isFile(number))
      recovery.damage(segmentPath(dir, number), 0, 'it is not a file, and what was in it is missing');
  const infos = numbers.filter(isFile).map((number) => ({
    number,
    path: segmentPath(dir, number),
    ...segmentInfo(segmentPath(dir, number)),
  }));
  // Of a record that was written twice the later one counts: the first may be in the memory of the system only.
  let limit = Number.POSITIVE_INFINITY;
  const limits = infos
    .toReversed()
    .map(({ path, header }) => {
      const before = limit;
      if (header !== null && header.format > FORMAT)
        throw error('MR_LOG_NEWER', { file: path, found: header.format, known: FORMAT });
      if (header !== null) limit = Math.min(limit, header.firstSequence);
      return before;
    })
    .toReversed();
  infos.forEach(({ number, path, size, header }, i) => {
    recovery.segment(path, number, size, header, limits[i] as number);
  });
  const sound = infos.findLast(({ header }) => header !== null);
  if (mark === 'damaged') recovery.damage(markPath(dir), 0, 'it does not say how far the log was');
  else if (mark === 'missing') {
    if (shouldBeMarked) recovery.damage(markPath(dir), 0, 'it is missing, and nothing says how far the log was');
  } else {
    // A group that was written once more, to a later segment, counts there alone.
    const later = infos.filter(({ number }) => number > mark.segment).map(({ header }) => header?.firstSequence);
    const safeBefore = later.reduce<number>((min, first) => Math.min(min, first ?? min), mark.safeBefore);
    recovery.marked(segmentPath(dir, mark.segment), { ...mark, safeBefore });
  }
  const newest = numbers.at(-1) ?? -1;
  return {
    ...recovery.end(),
    nextSegment: 1 + (typeof mark === 'string' ? newest : Math.max(newest, mark.segment)),
    isMarked: typeof mark !== 'string',
    segments: infos.map(({ number, size }) => ({ number, bytes: size })),
    // A segment is begun when those before it are on disk, but for what it has itself.
    unsynced: recovery.group === null || recovery.group.segment < (sound?.number ?? 0) ? null : recovery.group,
  };
}

class Recovery {
  readonly #onDamage: DamagePolicy;
  readonly #visit: (record: LoggedRecord) => void;
  readonly #torn: string[] = [];
  readonly #damaged: LogDamage[] = [];
  #gaps: Gap[] = [];
  #last: number | null = null;
  /** Where the first segment begins: records before it were needed no more, and were deleted. */
  #oldest: number | null = null;
  /** Where the group of the last record begins. */
  group: { readonly first: number; readonly segment: number; readonly offset: number } | null = null;
  #records = 0;
  /** What the newest header says of records that may be missing, as long as no record shows that it is on disk itself. */
  #told = Number.POSITIVE_INFINITY;

  constructor(onDamage: DamagePolicy, visit: (record: LoggedRecord) => void) {
    this.#onDamage = onDamage;
    this.#visit = visit;
  }

  /** @param limit records from this one on are in a later segment */
  segment(path: string, number: number, size: number, header: SegmentHeader | null, limit: number): void {
    if (header !== null) {
      this.#oldest ??= header.firstSequence;
      this.#begin(path, header);
    }
    // Begun, and nothing came of it: a process that died, a disk that was full. A header is on disk before a record is written.
    else if (size <= SEGMENT_HEADER) this.#torn.push(`${path}: the header`);
    else this.damage(path, 0, 'the header of the segment is damaged');
    scanSegment(path, {
      record: (record) => {
        if (record.sequence < limit) this.#record(path, number, record);
      },
      gap: (offset, mayBeTorn) => {
        const sequence = this.#last === null ? (header?.firstSequence ?? 0) : this.#last + 1;
        // What is lost there is in the next segment.
        if (sequence < limit || header === null) this.#gaps.push({ file: path, offset, sequence, mayBeTorn });
        else this.#torn.push(`${path}: what begins at byte ${offset} was not completed`);
      },
    });
  }

  end(): Pick<Found, 'report' | 'nextSequence' | 'safeBefore'> {
    const nextSequence = (this.#last ?? -1) + 1;
    const safeBefore = Math.min(nextSequence, this.#told, ...this.#gaps.map(({ sequence }) => sequence));
    for (const gap of this.#gaps) this.#tear(gap);
    const report = { records: this.#records, torn: this.#torn, damaged: this.#damaged };
    return { report, nextSequence, safeBefore };
  }

  /** Records before one were on disk when the log said so of a segment, the newest then. */
  marked(path: string, { safeBefore }: LogMark): void {
    const expected = this.#last === null ? (this.#oldest ?? 0) : this.#last + 1;
    const explained = this.#gaps.length > 0;
    this.#settle(safeBefore);
    if (!explained && safeBefore > expected)
      this.damage(
        path,
        0,
        `records ${this.#last === null ? 'up' : expected} to ${safeBefore - 1}, and what came behind them, are missing`,
      );
  }

  #begin(path: string, { firstSequence, safeBefore }: SegmentHeader): void {
    const expected = this.#last === null ? firstSequence : this.#last + 1;
    const explained = this.#gaps.length > 0;
    this.#settle(safeBefore);
    if (!explained && safeBefore > expected)
      this.damage(path, 0, `records ${expected} to ${safeBefore - 1} before it are missing`);
    for (const gap of this.#gaps) this.#tear(gap);
    this.#gaps = [];
    this.#told = safeBefore;
  }

  #record(path: string, segment: number, record: FoundRecord): void {
    const { sequence, time, offset, header, headerLength, payloadLength, groupFirst } = record;
    // A segment without its header cannot say which of its records are in a later one.
    if (this.#last !== null && sequence <= this.#last) return;
    const explained = this.#gaps.length > 0;
    this.#settle(groupFirst);
    if (!explained && this.#last !== null && groupFirst > this.#last + 1)
      this.damage(path, offset, `records ${this.#last + 1} to ${groupFirst - 1} before it are missing`);
    this.#last = sequence;
    this.#told = Number.POSITIVE_INFINITY;
    if (this.group?.first !== groupFirst) this.group = { first: groupFirst, segment, offset };
    this.#records += 1;
    const length = RECORD_HEADER + headerLength + payloadLength;
    this.#visit({ time, header, position: { segment, offset, length } });
  }

  /** Records before one are known to have been on disk. */
  #settle(safeBefore: number): void {
    const lost = this.#gaps.filter(({ sequence }) => sequence < safeBefore);
    this.#gaps = this.#gaps.filter(({ sequence }) => sequence >= safeBefore);
    for (const { file, offset } of lost) this.damage(file, offset, 'there is no record where one was');
  }

  #tear({ file, offset, mayBeTorn }: Gap): void {
    if (!mayBeTorn) this.damage(file, offset, 'the checksum is wrong, and nothing of it was left unwritten');
    else this.#torn.push(`${file}: what begins at byte ${offset} was not completed`);
  }

  damage(file: string, offset: number, what: string): void {
    if (this.#onDamage === 'fail') throw error('MR_LOG_DAMAGED', { file, offset, what });
    this.#damaged.push({ file, offset, what });
  }
}
