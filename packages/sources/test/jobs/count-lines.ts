import { defineJob, seconds } from '@millrace/core';
import { fileStream } from '@millrace/sources/files';
import { jsonLines } from '../../src/decode/index.ts';

/** What the job reads, and how. */
export interface CountParams {
  readonly directory: string;
  readonly bytesPerRange: number;
}

/** Counts JSON lines of files by a field, in workers. */
export default defineJob({ name: 'count-lines', batchInterval: seconds(1) }, (ssc, params: CountParams) => {
  const decode = jsonLines<{ kind: string }>({ onBadRow: 'drop' });
  const rows = fileStream(ssc, params.directory, { name: 'rows', decode, bytesPerRange: params.bytesPerRange });
  return { rows, counts: rows.map((row) => [row.kind, 1] as [string, number]).reduceByKey((a, b) => a + b) };
});
