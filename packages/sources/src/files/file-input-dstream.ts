import type { StreamingContext, Time } from '@millrace/core';
import {
  type Accumulator,
  type Duration,
  InputDStream,
  type InputFlow,
  type Named,
  type SourceBatch,
} from '@millrace/core';
import { checkBoolean, checkOptionNames, checkWhole, durationMs, error } from '@millrace/core/connector';
import { checkedDecoder, type Decoder } from '../decode/decoder.ts';
import { textLines } from '../decode/text-lines.ts';
import { DirectoryPattern } from './directory-pattern.ts';
import { DirectoryScan } from './directory-scan.ts';
import { type CutOptions, filePartitions } from './file-partitions.ts';
import { readRanges } from './read-range.ts';
import { batchesToRemember, type FileSelection, isNewFile, isVisible, SelectedFiles } from './selection.ts';
import type { FilePath, FileRange } from './text-file.ts';

/** Options of `fileStream`. */
export interface FileStreamOptions<T> extends Named {
  /** What makes records of the bytes; `textLines()` unless given. Runs inside tasks. */
  readonly decode?: Decoder<T>;
  /** True for the paths of files to read; all whose names have no leading dot unless given. Runs on the driver. */
  readonly filter?: (path: string) => boolean;
  /** False to read files as well that were changed before the stream was made, as far back as it looks. True unless given. */
  readonly newFilesOnly?: boolean;
  /** How far back a batch looks for files, rounded up to whole batches: `seconds(60)` unless given. */
  readonly minRememberDuration?: Duration;
  /** Most bytes of a partition: larger files are split where that is possible. 16 MiB unless given. */
  readonly bytesPerRange?: number;
  /** Partitions that a batch with enough bytes has at least; the context's default parallelism unless given. */
  readonly numPartitions?: number;
  /**
   * Longest line in bytes, a bound for memory: a longer one is an error, unless it lies within what is read at once (1 MiB).
   * 64 MiB unless given.
   */
  readonly maxLineBytes?: number;
}

/** Names of the options of `fileStream`. */
export const FILE_STREAM_OPTIONS: readonly string[] = [
  'name',
  'decode',
  'filter',
  'newFilesOnly',
  'minRememberDuration',
  'bytesPerRange',
  'numPartitions',
  'maxLineBytes',
];

/** What a checkpoint keeps of a batch. Plain data. */
interface SavedFiles {
  readonly files: FileSelection['files'];
  /** See `FileProgress`: here earlier versions have written it. */
  readonly initialThresholdMs?: number;
}

/** What a checkpoint keeps of the stream, from its start on. Plain data. */
interface FileProgress {
  /** Files that are not younger were there before the stream, in ms since the epoch. */
  readonly initialThresholdMs: number;
}

/** The stream that `fileStream` and its kin make. */
export class FileInputDStream<T> extends InputDStream<T> {
  readonly #decoder: Decoder<T>;
  readonly #cut: CutOptions;
  readonly #scan: DirectoryScan;
  readonly #selected = new SelectedFiles();
  readonly #rememberMs: number;
  #initialThresholdMs: number;
  readonly #dropped: Accumulator<number>;
  /** Dropped records that the user has heard of. */
  #droppedSaid = 0;
  /** When it was stopped: batch times that were due by then still get their files. */
  #stoppedAtMs = Number.POSITIVE_INFINITY;

  /** @param owner the function that the user has called, for errors */
  constructor(
    ssc: StreamingContext,
    directory: FilePath,
    options: FileStreamOptions<T> = {},
    owner: string = 'fileStream',
  ) {
    checkOptionNames(owner, options, FILE_STREAM_OPTIONS);
    const { filter = isVisible, newFilesOnly = true, minRememberDuration } = options;
    const decoder = checkedDecoder(`${owner}: decode`, options.decode ?? (textLines() as unknown as Decoder<T>));
    const pattern = new DirectoryPattern(`${owner}: directory`, directory);
    if (typeof filter !== 'function')
      throw error('MR_OPTION', { option: `${owner}: filter`, value: filter, rule: 'must be a function' });
    checkBoolean(`${owner}: newFilesOnly`, newFilesOnly);
    const minRememberMs =
      minRememberDuration === undefined ? 60_000 : durationMs(minRememberDuration, `${owner}: minRememberDuration`);
    const bytesPerRange = checkWhole(`${owner}: bytesPerRange`, options.bytesPerRange ?? 2 ** 24, 1);
    const numPartitions = checkWhole(`${owner}: numPartitions`, options.numPartitions ?? ssc.defaultParallelism, 1);
    const maxLineBytes = checkWhole(`${owner}: maxLineBytes`, options.maxLineBytes ?? 2 ** 26, 1);
    const reading = { source: owner, decoder, maxLineBytes, dropped: (count: number) => dropped.add(count) };
    super(ssc, {
      name: options.name,
      kind: 'fileStream',
      read: (ranges: readonly FileRange[]) => readRanges(ranges, reading),
    });
    const dropped = ssc.accumulator(`${this.name} dropped`, 0, (a: number, b: number) => a + b);
    reading.source = this.name;
    this.#dropped = dropped;
    this.#decoder = decoder;
    const unit = decoder.framing === 'stream' ? null : decoder.framing === 'fixed' ? decoder.recordBytes : 1;
    this.#cut = { bytesPerRange, numPartitions, unit };
    const interval = ssc.batchDuration.milliseconds;
    this.#rememberMs = batchesToRemember(minRememberMs, interval) * interval;
    // A file that is written right after this may bear an earlier time.
    this.#initialThresholdMs = newFilesOnly ? ssc.clock.now() - (ssc.clock.fileLagMs ?? 0) : 0;
    this.#scan = new DirectoryScan({
      context: ssc,
      source: this.name,
      pattern,
      filter,
      isSelected: (path) => this.#selected.has(path),
    });
  }

  /** Bad records that were dropped by batches that have succeeded. Listeners see it as `flow.dropped`. */
  get dropped(): number {
    return this.#dropped.value;
  }

  override async start(): Promise<void> {
    // Here an error has somebody who waits for it; tasks get it for themselves.
    await this.#decoder.load?.();
    this.context.addStreamingListener({ onBatchCompleted: () => this.#sayDropped() });
  }

  override stop(): void {
    this.#stoppedAtMs = this.context.clock.now();
  }

  /** Looks for the files of a batch: what takes time, and what may differ when it is done again. */
  override async prepare(time: Time): Promise<void> {
    const batchTimeMs = time.milliseconds;
    if (batchTimeMs > this.#stoppedAtMs) return;
    const found = await this.#scan.find(batchTimeMs);
    const files = found.filter(({ path, modTimeMs }) =>
      isNewFile(
        {
          name: path,
          modTimeMs,
          batchTimeMs,
          initialThresholdMs: this.#initialThresholdMs,
          rememberMs: this.#rememberMs,
          alreadySelected: this.#selected.has(path),
        },
        // The scan has asked the filter already.
        () => true,
      ),
    );
    files.sort((a, b) => a.modTimeMs - b.modTimeMs || (a.path < b.path ? -1 : 1));
    this.#selected.add({ time: batchTimeMs, files });
    // Windows may ask for batches of the past as late as their streams remember them.
    const remember = Math.max(this.#rememberMs, this.rememberDuration.milliseconds);
    this.#selected.forgetBefore(batchTimeMs - this.context.batchDuration.milliseconds - remember);
  }

  /** So that no file is in two batches. */
  override get savedForMs(): number {
    return this.#rememberMs + this.context.batchDuration.milliseconds;
  }

  override saveBatch(time: Time): SavedFiles {
    const { files } = this.selectionAt(time);
    return { files };
  }

  /** The batch has the same files again (R83). */
  override restoreBatch(time: Time, { files, initialThresholdMs }: SavedFiles): void {
    if (initialThresholdMs !== undefined) this.#initialThresholdMs = initialThresholdMs;
    this.#selected.add({ time: time.milliseconds, files });
  }

  override saveProgress(): FileProgress {
    return { initialThresholdMs: this.#initialThresholdMs };
  }

  /** What was written while the job was down is new. */
  override restoreProgress({ initialThresholdMs }: FileProgress): void {
    this.#initialThresholdMs = initialThresholdMs;
  }

  /** The files of a batch that is remembered, empty where there were none: what a replay of the batch has to read. */
  selectionAt(time: Time): FileSelection {
    return this.#selected.at(time.milliseconds) ?? { time: time.milliseconds, files: [] };
  }

  /** How much of the past is remembered, for tests. */
  get remembered(): { readonly batches: number; readonly files: number } {
    return this.#selected.size;
  }

  override compute(time: Time): SourceBatch {
    const { files } = this.selectionAt(time);
    const paths = files.map(({ path }) => path);
    const partitions = filePartitions(files, this.#cut);
    return {
      partitions:
        partitions.length === 0
          ? [{ kind: 'live', records: [] }]
          : partitions.map((range) => ({ kind: 'range', range })),
      // Nobody has counted them: Spark says 0 as well (R153).
      numRecords: 0,
      metadata: { files: paths, Description: paths.join('\n') },
    };
  }

  override flow(): InputFlow {
    return { rateLimit: null, waitingRecords: 0, waitingBytes: 0, refused: 0, dropped: this.dropped };
  }

  #sayDropped(): void {
    const more = this.dropped - this.#droppedSaid;
    if (more === 0) return;
    this.#droppedSaid = this.dropped;
    this.context.warn(`${this.name}: ${more} records could not be read and were dropped; ${this.dropped} in all.`);
  }
}
