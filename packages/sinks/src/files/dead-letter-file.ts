import { join, resolve } from 'node:path';
import type { DeadLetter, DeadLetterPolicy, SinkBatch } from '@millrace/core';
import { deadLetter } from '@millrace/core';
import { letterChecksum, msgpackCodec } from '@millrace/core/connector';
import { checkOptions } from '../options.ts';
import { BatchDirectory, partName } from './batch-directory.ts';
import { batchFileName } from './output-file-name.ts';
import { writePart } from './part-file.ts';
import { checkText } from './save.ts';
import { jsonLine, lineEncoder } from './text-encoder.ts';

/** Options of `deadLetterFile`. */
export interface DeadLetterFileOptions {
  /** Dead letters of one operator in one partition of a batch; one more fails the batch. 10,000 unless given. */
  readonly maxPerPartition?: number;
}

/**
 * A policy for `onError`: saves records that fail in a directory `letters-TIME_IN_MS` for each batch that has some, as JSON
 * lines with record, error, operator, batch time, partition and index. `bytes` has the record exactly (msgpack, base64), and
 * `checksum` shows whether it still does.
 * `millrace replay` and `replayLetters` put them through the job when their cause is mended; records that fail then once more lie in
 * `letters-TIME_IN_MS-replay-ID`. Delivery: exactly once, as `saveAsJsonFiles`.
 *
 * @param directory made if it is not there
 * @throws MR_OPTION; the batch fails with MR_SINK_FAILED
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * const parsed = lines.onError(deadLetterFile(`${tmpdir()}/letters`)).map((line) => JSON.parse(line));
 * ```
 */
export function deadLetterFile(directory: string, options: DeadLetterFileOptions = {}): DeadLetterPolicy {
  checkOptions('deadLetterFile', options, ['maxPerPartition']);
  checkText('deadLetterFile: directory', directory);
  const pathOf = (batch: SinkBatch) => resolve(batchFileName(join(directory, 'letters'), undefined, batch));
  const directoryOf = (batch: SinkBatch) => new BatchDirectory(batch.output, pathOf(batch));
  return deadLetter(
    {
      kind: 'deadLetterFile',
      prepare: (batch) => directoryOf(batch).prepare(),
      async write(letters, partition) {
        const name = partName(partition.partition, '');
        await writePart(letters, {
          sink: partition.output,
          directory: pathOf(partition),
          name,
          encode: lineEncoder(letterLine, 'utf8'),
          compression: null,
        });
        return name;
      },
      commit: (batch, names) => directoryOf(batch).commit(names as string[]),
      abort: (batch) => directoryOf(batch).abort(),
    },
    options,
  );
}

function letterLine(given: unknown, operator: string): string {
  const { record, ...about } = given as DeadLetter;
  const bytes = about.encoded ? Buffer.from(msgpackCodec.encode([record], operator)).toString('base64') : null;
  let shown: unknown = null;
  try {
    shown = JSON.parse(JSON.stringify(record) ?? 'null');
  } catch {
    // JSON cannot express it; the bytes can.
  }
  return jsonLine({ ...about, record: shown, bytes, checksum: letterChecksum({ ...about, bytes }) }, operator);
}
