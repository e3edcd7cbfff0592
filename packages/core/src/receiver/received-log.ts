import { sealRecords } from '../backend/exchange.ts';
import { decodeRecord, encodeRecord } from '../checkpoint/layout.ts';
import type { Block } from '../data/block.ts';
import type { SourcePartition } from '../lineage/rdd-node.ts';
import { type LogPosition, readLogRecord } from '../log/read-record.ts';
import type { LogReport } from '../log/recover.ts';
import type { SegmentLog } from '../log/segment-log.ts';
import type { ReceivedBlock } from './received-block.ts';

/** A received block in the log, as a range that a task can read, in any thread. Plain data. */
export interface LoggedRange {
  readonly dir: string;
  readonly position: LogPosition;
  readonly blocks: readonly { readonly codec: string; readonly count: number; readonly bytes: number }[];
  /** What it was before it was in the log: records or sealed blocks. */
  readonly held: 'live' | 'blocks';
}

/** What the log says of a block without its records being read. */
export interface BlockHeader {
  readonly stream: string;
  readonly id: string;
  readonly numRecords: number;
  readonly numBytes: number;
  readonly blocks: LoggedRange['blocks'];
  readonly held: LoggedRange['held'];
}

/** A block in the log, and what listeners are told of it. Plain data. */
export interface LoggedBlock {
  readonly id: string;
  readonly numRecords: number;
  readonly numBytes: number;
  readonly range: LoggedRange;
}

/** A block in the log as the partition of a batch. */
export function loggedPartition({ range, numRecords }: LoggedBlock): SourcePartition {
  return { kind: 'range', range, count: numRecords };
}

/** A block as a checkpoint keeps it: without the directory, which may be another when the job is started again. */
export type SavedBlock = Omit<LoggedBlock, 'range'> & { readonly range: Omit<LoggedRange, 'dir'> };

/** What a checkpoint keeps of a block. */
export function savedBlock({ range, ...block }: LoggedBlock): SavedBlock {
  const { dir: _, ...rest } = range;
  return { ...block, range: rest };
}

/**
 * The blocks that receivers have stored, in the log: safe before `store` resolves. A batch has them in memory; a job that was started
 * again reads them from here, in the tasks that want them.
 */
export class ReceivedLog {
  readonly #log: SegmentLog;
  readonly #found = new Map<string, LoggedBlock[]>();
  /** Where records are that the log had when it was opened; until the first batch is over. */
  readonly #positions = new Set<string>();
  /** Segments that remembered batches need, and until when. */
  #needed: { readonly until: number; readonly segment: number }[] = [];
  #last = Number.NEGATIVE_INFINITY;
  #overBefore = Number.NEGATIVE_INFINITY;

  constructor(log: SegmentLog) {
    this.#log = log;
  }

  /** Looks for what an earlier run has stored. @throws MR_LOG_DAMAGED, MR_LOG_NEWER */
  open(): LogReport {
    const { dir } = this.#log;
    return this.#log.open(({ header, position }) => {
      const { stream, blocks, held, ...block } = decodeRecord<BlockHeader>(header);
      this.#positions.add(placeOf(position));
      let found = this.#found.get(stream);
      if (found === undefined) {
        found = [];
        this.#found.set(stream, found);
      }
      found.push({ ...block, range: { dir, position, blocks, held } });
    });
  }

  /** Batches up to a time were over in the run before: what only they needed may be gone. */
  wasOver(time: number): void {
    this.#overBefore = time;
  }

  /** See `SegmentLog.newestRecord`. */
  get newestRecord(): number {
    return this.#log.newestRecord;
  }

  /** See `SegmentLog.ensureMarked`. */
  ensureMarked(): Promise<void> {
    return this.#log.ensureMarked();
  }

  /** See `SegmentLog.expect`. @throws MR_LOG_DAMAGED */
  expect(segment: number): void {
    this.#log.expect(segment);
  }

  /**
   * A block of an earlier run, where the log is now. One that is lost has no records, where the log may go on without it.
   * @param until it was needed until batches up to this time were over
   * @throws MR_LOG_DAMAGED
   */
  restored({ range, ...block }: SavedBlock, until: number): LoggedBlock {
    const { dir } = this.#log;
    const { segment, offset } = range.position;
    if (until <= this.#overBefore || this.#positions.has(placeOf(range.position)))
      return { ...block, range: { ...range, dir } };
    this.#log.lost(segment, offset, `${block.numRecords} records that a batch had are missing`);
    return { ...block, numRecords: 0, numBytes: 0, range: { ...range, dir, blocks: [] } };
  }

  /** The blocks of a stream that an earlier run has stored, behind a position; in order. Once. */
  takeFound(stream: string, behind: LogPosition | null): readonly LoggedBlock[] {
    const found = this.#found.get(stream) ?? [];
    this.#found.delete(stream);
    return behind === null ? found : found.filter(({ range }) => comparePositions(range.position, behind) > 0);
  }

  /**
   * Leaves out what an earlier receiver has stored under a name that is another source's now.
   * @param progress what that source had saved of its progress; a receiver's is the position of the last block that a batch has had
   * @returns how many records no batch has had, all that are there if nobody knows; and where the last of them is, null if there is none
   */
  drop(stream: string, progress: unknown): { readonly records: number; readonly last: LogPosition | null } {
    const behind = (progress ?? null) as Partial<LogPosition> | null;
    const known = typeof behind?.segment === 'number' && typeof behind.offset === 'number';
    const blocks = this.takeFound(stream, known ? (behind as LogPosition) : null);
    const records = blocks.reduce((sum, { numRecords }) => sum + numRecords, 0);
    return { records, last: blocks.at(-1)?.range.position ?? null };
  }

  /** Stores a block. @throws MR_LOG_WRITE, MR_NOT_ENCODABLE */
  async append(stream: string, block: ReceivedBlock): Promise<LoggedBlock> {
    const { id, numRecords, partition } = block;
    const sealed: readonly Block[] =
      partition.kind === 'blocks' ? partition.blocks : [sealRecords(partition.records, stream)];
    const blocks = sealed.map(({ codec, count, bytes }) => ({ codec, count, bytes: bytes.length }));
    const numBytes = blocks.reduce((sum, b) => sum + b.bytes, 0);
    const held = partition.kind;
    const header: BlockHeader = { stream, id, numRecords, numBytes, blocks, held };
    const payload = sealed.map((b) => b.bytes);
    const position = await this.#log.append(this.#last, encodeRecord(header), payload);
    return { id, numRecords, numBytes, range: { dir: this.#log.dir, position, blocks, held } };
  }

  /** A batch was given blocks, which are needed until batches up to `until` are over. */
  allocated(time: number, blocks: readonly LoggedBlock[], until: number): void {
    this.#last = Math.max(this.#last, time);
    const [first] = blocks;
    if (first !== undefined) this.#needed.push({ until, segment: first.range.position.segment });
  }

  /**
   * Batches up to a time are over: segments that nobody needs are deleted.
   * @param waiting the segment of the first block that no batch has got; null if there is none
   */
  over(time: number, waiting: number | null): void {
    this.#positions.clear();
    this.#needed = this.#needed.filter(({ until }) => until > time);
    const first = this.#needed.reduce(
      (min, { segment }) => Math.min(min, segment),
      waiting ?? Number.POSITIVE_INFINITY,
    );
    void this.#log.clean(first);
  }

  stats() {
    return this.#log.stats();
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** The blocks of a range of the log, or of several, one after the other. @throws MR_LOG_DAMAGED */
export function readLogged(ranges: LoggedRange | readonly LoggedRange[]): Block[] {
  return Array.isArray(ranges) ? ranges.flatMap(blocksOf) : blocksOf(ranges as LoggedRange);
}

function blocksOf({ dir, position, blocks }: LoggedRange): Block[] {
  if (blocks.length === 0) return [];
  const payload = readLogRecord(dir, position);
  let at = 0;
  return blocks.map(({ codec, count, bytes }) => {
    const block = { codec, count, bytes: payload.subarray(at, at + bytes) };
    at += bytes;
    return block;
  });
}

function placeOf({ segment, offset }: LogPosition): string {
  return `${segment}/${offset}`;
}

function comparePositions(a: LogPosition, b: LogPosition): number {
  return a.segment - b.segment || a.offset - b.offset;
}
