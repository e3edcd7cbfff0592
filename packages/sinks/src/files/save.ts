import { resolve } from 'node:path';
import type { BatchSink, DStream, SinkBatch } from '@millrace/core';
import { error } from '@millrace/core/connector';
import { checkOptions, oneOf } from '../options.ts';
import { BatchDirectory, partName } from './batch-directory.ts';
import { type Compression, ENDINGS } from './compression.ts';
import { objectEncoder } from './object-file.ts';
import { batchFileName, outputFileName } from './output-file-name.ts';
import { type Encoder, writePart } from './part-file.ts';
import { jsonLine, lineEncoder, type TextEncoding, textLine } from './text-encoder.ts';

/** What all file sinks have. */
export interface FileOptions {
  /** Ends the name of each batch's directory, after a dot. */
  readonly suffix?: string;
  /** Name of the output: unique in the job, shown in errors. */
  readonly name?: string;
  /** Compresses each part; its name then ends with `.gz` or `.zst`. */
  readonly compression?: Compression;
}

/** Options of `saveAsTextFiles`. */
export interface TextFilesOptions extends FileOptions {
  /** UTF-8 unless given. */
  readonly encoding?: TextEncoding;
}

/**
 * Saves each batch as text, a line for each record, shown as `print` shows it. A batch becomes a directory
 * `prefix-TIME_IN_MS[.suffix]` with a file `part-00000` … for each partition and, as the last, `_SUCCESS`.
 *
 * Delivery: exactly once, as far as those who wait for `_SUCCESS` see. Parts are written where their partitions are, to
 * temporary names, synced and renamed. A batch that runs again leaves the same files. At a crash there is either no
 * `_SUCCESS` or all of the batch; a batch that fails leaves nothing.
 *
 * @param prefix a path; the directories on the way are made
 * @throws MR_OPTION; the batch fails with MR_SINK_FAILED, which has the path and the error of the system
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * saveAsTextFiles(counts, `${tmpdir()}/counts`, { suffix: 'txt' });
 * ```
 */
export function saveAsTextFiles<T>(stream: DStream<T>, prefix: string, options: TextFilesOptions = {}): void {
  checkOptions('saveAsTextFiles', options, ['suffix', 'name', 'compression', 'encoding']);
  const { encoding = 'utf8', ...rest } = options;
  oneOf('saveAsTextFiles: encoding', encoding, ['utf8', 'utf16le', 'latin1']);
  save('saveAsTextFiles', stream, prefix, lineEncoder(textLine, encoding), rest);
}

/**
 * Saves each batch as JSON lines. Directories, names and delivery are those of `saveAsTextFiles`.
 *
 * @throws MR_OPTION; the batch fails with MR_SINK_FAILED, or with MR_NOT_ENCODABLE for a record that JSON cannot express
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * saveAsJsonFiles(flights, `${tmpdir()}/flights`, { suffix: 'jsonl', compression: 'gzip' });
 * ```
 */
export function saveAsJsonFiles<T>(stream: DStream<T>, prefix: string, options: FileOptions = {}): void {
  checkOptions('saveAsJsonFiles', options, ['suffix', 'name', 'compression']);
  save('saveAsJsonFiles', stream, prefix, lineEncoder(jsonLine, 'utf8'), options);
}

/**
 * Saves each batch as records of any kind that the engine can encode: dates, maps, bytes, `bigint`s. `readObjectFile` reads
 * them. Directories, names and delivery are those of `saveAsTextFiles`.
 *
 * @throws MR_OPTION; the batch fails with MR_SINK_FAILED or MR_NOT_ENCODABLE
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * saveAsObjectFiles(counts, `${tmpdir()}/counts-as-objects`, { compression: 'zstd' });
 * ```
 */
export function saveAsObjectFiles<T>(stream: DStream<T>, prefix: string, options: FileOptions = {}): void {
  checkOptions('saveAsObjectFiles', options, ['suffix', 'name', 'compression']);
  save('saveAsObjectFiles', stream, prefix, objectEncoder, options);
}

function save<T>(what: string, stream: DStream<T>, prefix: string, encode: Encoder, options: FileOptions): void {
  const { suffix, name, compression } = options;
  checkText(`${what}: prefix`, prefix);
  if (prefix === '') throw error('MR_OPTION', { option: `${what}: prefix`, value: prefix, rule: 'must not be empty' });
  if (suffix !== undefined) {
    checkText(`${what}: suffix`, suffix);
    if (/[/\\]/.test(suffix))
      throw error('MR_OPTION', {
        option: `${what}: suffix`,
        value: suffix,
        rule: 'must be part of a name, not a path',
      });
  }
  if (compression !== undefined) oneOf(`${what}: compression`, compression, ['gzip', 'zstd']);
  claim(what, stream, outputFileName(prefix, suffix, 0));
  const ending = compression === undefined ? '' : ENDINGS[compression];
  const pathOf = (batch: SinkBatch) => resolve(batchFileName(prefix, suffix, batch));
  const directoryOf = (batch: SinkBatch) => new BatchDirectory(batch.output, pathOf(batch));
  const sink: BatchSink<T, string> = {
    kind: what,
    prepare: (batch) => directoryOf(batch).prepare(),
    async write(records, partition) {
      const part = partName(partition.partition, ending);
      const directory = pathOf(partition);
      await writePart(records, {
        sink: partition.output,
        directory,
        name: part,
        encode,
        compression: compression ?? null,
      });
      return part;
    },
    commit: (batch, parts) => directoryOf(batch).commit(parts),
    abort: (batch) => directoryOf(batch).abort(),
  };
  stream.writeTo(sink, name === undefined ? {} : { name });
}

/** Refuses what is no text that can be a path. @throws MR_OPTION */
export function checkText(option: string, value: unknown): void {
  if (typeof value === 'string' && !value.includes('\0')) return;
  throw error('MR_OPTION', { option, value, rule: 'must be a text' });
}

/** Names that the outputs of a context write under: two outputs under one name would remove each other's files. */
const claimed = new WeakMap<object, Set<string>>();

function claim(what: string, { context }: DStream<unknown>, name: string): void {
  const names = claimed.get(context) ?? new Set();
  const path = resolve(name);
  if (names.has(path)) {
    throw error('MR_OPTION', {
      option: `${what}: prefix`,
      value: name,
      rule: 'must not be, with its suffix, that of another output of the job',
    });
  }
  claimed.set(context, names.add(path));
}
