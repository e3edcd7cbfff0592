import type { StreamingContext } from '@millrace/core';
import { checkOptionNames, checkWhole } from '@millrace/core/connector';
import { bytes } from '../decode/bytes.ts';
import { textLines } from '../decode/text-lines.ts';
import { FILE_STREAM_OPTIONS, FileInputDStream, type FileStreamOptions } from './file-input-dstream.ts';
import type { FilePath } from './text-file.ts';

/**
 * Records of the files that appear in a directory. Each batch reads the files that were changed after the stream was made
 * and within the last minute (`minRememberDuration`, rounded up to whole batches), not after the batch time, and that no
 * batch before it has read (R146, R147). So a file has to be complete when it appears: write it elsewhere on the same disk
 * and rename it into the directory. What is appended later is not read (R149); nor is a file that becomes visible more than
 * a minute after its last change.
 *
 * The directory may be a pattern of directories, such as `/data/*\/incoming`; only files directly inside are read (R150).
 * `*`, `?`, `[abc]`, `[^a-c]` and `{a,b}` mean what they mean in a shell, a backslash takes their meaning away, and names
 * with a leading dot match as well. A `file:` URL means itself, whatever characters it has. Directories need not exist yet:
 * while there is none, or one cannot be listed, batches are empty, you are warned once, and what is there is found later as
 * far back as batches look (R151). The default filter ignores hidden files and no others: `x.tmp` is read (R148).
 *
 * Tasks read the files, large ones in ranges, and no task holds a whole file. Files that end with `.gz` or `.zst` are
 * unpacked while they are read, each by one task. Oldest files come first. Listeners get the list of files as
 * `Description`, and 0 records (R153).
 *
 * @param directory a path, a pattern, or a `file:` URL; relative paths are taken from the working directory
 * @throws MR_OPTION; at start what `decode.load` throws. A batch fails with MR_SOURCE_FAILED when the filter throws, or when
 *   a file was deleted, cut or cannot be read, with MR_BAD_RECORD when the decoder says so
 * @example
 * ```ts
 * const orders = fileStream(ssc, './spool/orders', {
 *   decode: jsonLines<{ id: number; amount: number }>({ onBadRow: 'drop' }),
 *   filter: (path) => path.endsWith('.json'),
 * });
 * orders.map((order) => order.amount).reduce((a, b) => a + b).print();
 * ```
 */
export function fileStream<T = string>(
  ssc: StreamingContext,
  directory: FilePath,
  options: FileStreamOptions<T> = {},
): FileInputDStream<T> {
  return new FileInputDStream<T>(ssc, directory, options);
}

/**
 * Lines of the text files that appear in a directory; see `fileStream`.
 *
 * @throws like `fileStream`
 * @example
 * ```ts
 * textFileStream(ssc, './spool/logs').flatMap((line) => line.split(' ')).countByValue().print();
 * ```
 */
export function textFileStream(
  ssc: StreamingContext,
  directory: FilePath,
  options: Omit<FileStreamOptions<string>, 'decode'> = {},
): FileInputDStream<string> {
  const owner = 'textFileStream';
  refuseOptions(owner, options, ['decode']);
  return new FileInputDStream<string>(ssc, directory, { ...options, decode: textLines() }, owner);
}

/**
 * Binary records of one length, from the files that appear in a directory; see `fileStream`. A file whose length is no
 * multiple of it fails its batch with MR_BAD_RECORD (R154).
 *
 * @param recordLength bytes of a record
 * @throws like `fileStream`
 * @example
 * ```ts
 * const samples = binaryRecordsStream(ssc, './spool/samples', 8);
 * samples.map((record) => new DataView(record.buffer).getFloat64(0)).print();
 * ```
 */
export function binaryRecordsStream(
  ssc: StreamingContext,
  directory: FilePath,
  recordLength: number,
  options: Omit<FileStreamOptions<Uint8Array>, 'decode' | 'maxLineBytes'> = {},
): FileInputDStream<Uint8Array> {
  const owner = 'binaryRecordsStream';
  const recordBytes = checkWhole(`${owner}: recordLength`, recordLength, 1);
  refuseOptions(owner, options, ['decode', 'maxLineBytes']);
  return new FileInputDStream(ssc, directory, { ...options, decode: bytes({ recordBytes }) }, owner);
}

/** Refuses options that only `fileStream` has. */
function refuseOptions(owner: string, options: object, names: readonly string[]): void {
  const allowed = FILE_STREAM_OPTIONS.filter((name) => !names.includes(name));
  checkOptionNames(owner, options, allowed);
}
