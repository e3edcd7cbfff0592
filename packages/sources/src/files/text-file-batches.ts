import { InputDStream, isMillraceError, type Named, type SourceBatch, type StreamingContext } from '@millrace/core';
import { checkOptionNames, error } from '@millrace/core/connector';
import { textLines } from '../decode/text-lines.ts';
import { Intake } from '../intake/intake.ts';
import type { Puller } from '../intake/puller.ts';
import { SkippingPuller } from '../intake/skipping-puller.ts';
import { SyncPuller } from '../intake/sync-puller.ts';
import { positive } from '../options.ts';
import { byteRanges } from './byte-ranges.ts';
import { LineScanner } from './line-scanner.ts';
import { readRanges } from './read-range.ts';
import { type FileBatch, type FilePath, type FileRange, statFiles, type TextFile } from './text-file.ts';

/** Options of `textFileBatches`. */
export interface TextFileOptions extends Named {
  /**
   * Lines of a batch, exactly: every batch that has lines has so many, but the last one. The driver looks through the
   * files for newlines, up to 16 batches ahead, so many before the first batch; while it is behind, batches are empty.
   */
  readonly linesPerBatch?: number;
  /**
   * Bytes of a partition where `linesPerBatch` is not given: a batch has as many lines as start in `numPartitions` ranges
   * of this size. The driver reads nothing then, and `numRecords` of listeners is 0, since nobody has counted. 4 MiB
   * unless given.
   */
  readonly bytesPerRange?: number;
  /** Partitions of a batch, each read by its own task; the context's default parallelism unless given. */
  readonly numPartitions?: number;
  /**
   * Longest line in bytes, a bound for memory: a longer one is an error, unless it lies within what is read at once (1 MiB).
   * 64 MiB unless given.
   */
  readonly maxLineBytes?: number;
}

const BYTES_PER_RANGE = 2 ** 22;
const MAX_LINE_BYTES = 2 ** 26;
/** Batches planned ahead: as many as the engine plans at once when it is behind. */
const PLANNED_AHEAD = 16;

/**
 * Batches of lines from text files of any size, one file after the other, once. Tasks read the files themselves, by byte
 * ranges, where they run: no text passes the driver. All backends must see the files under the same paths.
 *
 * Text is UTF-8; lines end with '\n' or '\r\n', the last one need not. The files are read as long as they were when the
 * job started. For `linesPerBatch` and `bytesPerRange` see `TextFileOptions`; both cut the same way in every run.
 *
 * After the end batches are empty, and `ended` of the stream resolves. `stop()` of the context ends reading, graceful or
 * not: await `ended` first to have everything processed. When a file cannot be read any more, a batch fails with
 * MR_SOURCE_FAILED.
 *
 * @param paths a path or a `file:` URL, or several; relative paths are taken from the working directory
 * @throws MR_OPTION for a number that is not a whole one of at least 1, or for both sizes at once; at start
 *   MR_SOURCE_FAILED, with the path, for a file that is missing or cannot be read
 * @example
 * ```ts
 * const lines = textFileBatches(ssc, '/var/log/app.log', { linesPerBatch: 10_000 });
 * lines.filter((line) => line.includes('ERROR')).count().print();
 * await ssc.start();
 * await lines.ended;
 * await ssc.stop({ graceful: true });
 * ```
 */
export function textFileBatches(
  ssc: StreamingContext,
  paths: FilePath | readonly FilePath[],
  options: TextFileOptions = {},
): TextFileInputDStream {
  return new TextFileInputDStream(ssc, paths, options);
}

const OPTIONS = [
  'linesPerBatch',
  'bytesPerRange',
  'numPartitions',
  'maxLineBytes',
  'name',
] as const satisfies readonly (keyof TextFileOptions)[];

/** The stream that `textFileBatches` makes. */
export class TextFileInputDStream extends InputDStream<string> {
  readonly #paths: readonly FilePath[];
  readonly #linesPerBatch: number | null;
  readonly #bytesPerRange: number;
  readonly #numPartitions: number;
  readonly #intake: Intake<FileBatch>;
  /** Batches that were handed over, and those of them that an earlier run had. */
  #taken = 0;
  #before = 0;

  /** See `textFileBatches`. */
  constructor(ssc: StreamingContext, paths: FilePath | readonly FilePath[], options: TextFileOptions = {}) {
    checkOptionNames('textFileBatches', options, OPTIONS);
    const {
      linesPerBatch = null,
      bytesPerRange = BYTES_PER_RANGE,
      numPartitions,
      maxLineBytes = MAX_LINE_BYTES,
    } = options;
    if (linesPerBatch !== null) {
      positive('textFileBatches: linesPerBatch', linesPerBatch);
      if (options.bytesPerRange !== undefined) {
        throw error('MR_OPTION', {
          option: 'textFileBatches: bytesPerRange',
          value: bytesPerRange,
          rule: 'cannot be given together with linesPerBatch',
        });
      }
    }
    positive('textFileBatches: bytesPerRange', bytesPerRange);
    positive('textFileBatches: maxLineBytes', maxLineBytes);
    const checked = checkedPaths(paths);
    positive('textFileBatches: numPartitions', numPartitions ?? ssc.defaultParallelism);
    const reading = { source: 'textFileBatches', decoder: textLines(), maxLineBytes };
    super(ssc, {
      name: options.name,
      kind: 'textFileBatches',
      read: (ranges: readonly FileRange[]) => readRanges(ranges, reading),
    });
    reading.source = this.name;
    this.#paths = checked;
    this.#linesPerBatch = linesPerBatch;
    this.#bytesPerRange = bytesPerRange;
    this.#numPartitions = numPartitions ?? ssc.defaultParallelism;
    this.#intake = new Intake<FileBatch>({ maxBuffered: PLANNED_AHEAD, failed: (cause) => this.#failed(cause) });
  }

  /**
   * Resolves when the last lines were handed to a batch, or when the context was stopped before that; rejects with
   * MR_SOURCE_FAILED when the files could not be looked through. What a program awaits before it stops the context.
   */
  get ended(): Promise<void> {
    return this.#intake.ended;
  }

  override async start(): Promise<void> {
    const files = await statFiles(this.name, this.#paths);
    const planner: Puller<FileBatch> = this.#planner(files);
    this.#intake.open(this.#before === 0 ? planner : new SkippingPuller(planner, this.#before));
    // So that the first batches have their lines, whatever the disk does; it takes the time of looking through these.
    await this.#intake.filled();
  }

  override async stop(): Promise<void> {
    await this.#intake.close({ discard: true });
  }

  override saveProgress(): number {
    return this.#taken;
  }

  /** The files are cut as they were cut before, as long as they are the same. */
  override restoreProgress(taken: number): void {
    this.#taken = taken;
    this.#before = taken;
  }

  override compute(): SourceBatch {
    const [batch] = this.#intake.take(1);
    if (batch === undefined)
      return { partitions: [{ kind: 'live', records: [] }], metadata: { Description: 'no lines' } };
    this.#taken += 1;
    const { partitions, counts } = batch;
    const ranges = partitions.flat();
    return {
      partitions: partitions.map((range, p) => ({ kind: 'range', range, count: counts?.[p] })),
      metadata: { bytes: ranges.reduce((sum, r) => sum + r.to - r.from, 0), Description: describeRanges(ranges) },
    };
  }

  #planner(files: readonly TextFile[]) {
    if (this.#linesPerBatch === null) {
      return new SyncPuller(byteRanges(files, this.#bytesPerRange, this.#numPartitions), this.context.clock);
    }
    return new LineScanner(files, {
      source: this.name,
      linesPerBatch: this.#linesPerBatch,
      numPartitions: this.#numPartitions,
    });
  }

  #failed(cause: unknown): Error {
    if (isMillraceError(cause)) return cause;
    return error(
      'MR_SOURCE_FAILED',
      { source: this.name, reason: `reading its files gave ${String(cause)}` },
      { cause },
    );
  }
}

function checkedPaths(paths: FilePath | readonly FilePath[]): readonly FilePath[] {
  const list: readonly unknown[] = Array.isArray(paths) ? paths : [paths];
  for (const path of list) {
    if ((typeof path === 'string' && path !== '') || (path instanceof URL && path.protocol === 'file:')) continue;
    throw error('MR_OPTION', { option: 'textFileBatches: paths', value: path, rule: 'must be paths or file: URLs' });
  }
  return list as readonly FilePath[];
}

/** From where to where a batch reaches, for listeners. */
function describeRanges(ranges: readonly FileRange[]): string {
  const first = ranges[0];
  const last = ranges[ranges.length - 1];
  return `${first.path} from byte ${first.from} to ${first.path === last.path ? '' : `${last.path} `}byte ${last.to}`;
}
