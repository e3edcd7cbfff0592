import { type DStream, defineJob, milliseconds } from '../../../packages/core/src/index.ts';
import { binaryRecordsStream, fileStream } from '../../../packages/sources/src/files/index.ts';
import { buildPipeline } from '../dstream/pipeline.ts';
import { functionOf } from '../expression.ts';
import type { Stage } from '../format.ts';

/** What a vector with files asks for. */
export interface FileJobParams {
  readonly batchMs: number;
  /** A directory, or a pattern of directories. */
  readonly directory: string;
  readonly newFilesOnly: boolean;
  readonly minRememberMs: number;
  /** Bytes of a record, null for lines of text. */
  readonly recordLength: number | null;
  /** An expression, from a path to whether it is read. */
  readonly filter: string | null;
  /** What becomes of the records. */
  readonly pipeline: readonly Stage[];
}

/** The job of every vector with files. Records of bytes become arrays of numbers, as vectors have them. */
export default defineJob(
  {
    name: 'file-vector',
    batchInterval: (params: FileJobParams) => milliseconds(params.batchMs),
    defaultParallelism: 2,
  },
  (ssc, params: FileJobParams): DStream<unknown> => {
    const { directory, newFilesOnly, minRememberMs, recordLength, filter, pipeline } = params;
    const options = {
      newFilesOnly,
      minRememberDuration: milliseconds(minRememberMs),
      ...(filter === null ? {} : { filter: functionOf(filter, 'filter') }),
    };
    const records: DStream<unknown> =
      recordLength === null
        ? fileStream(ssc, directory, options)
        : binaryRecordsStream(ssc, directory, recordLength, options).map((record): unknown => [...record]);
    return buildPipeline(ssc, { params: {}, inputs: [], pipeline }, records).output;
  },
);
