import { type DStream, defineJob, milliseconds } from '../../../packages/core/src/index.ts';
import { binaryRecordsStream, fileStream } from '../../../packages/sources/src/files/index.ts';
import { functionOf } from '../expression.ts';

/** What a fileStream vector asks for. */
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
}

/** The job of every fileStream vector. Records of bytes become arrays of numbers, as vectors have them. */
export default defineJob(
  {
    name: 'file-vector',
    batchInterval: (params: FileJobParams) => milliseconds(params.batchMs),
    defaultParallelism: 2,
  },
  (ssc, { directory, newFilesOnly, minRememberMs, recordLength, filter }: FileJobParams): DStream<unknown> => {
    const options = {
      newFilesOnly,
      minRememberDuration: milliseconds(minRememberMs),
      ...(filter === null ? {} : { filter: functionOf(filter, 'filter') }),
    };
    if (recordLength === null) return fileStream(ssc, directory, options);
    return binaryRecordsStream(ssc, directory, recordLength, options).map((record): unknown => [...record]);
  },
);
