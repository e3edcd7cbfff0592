import { error } from '@millrace/core/connector';

/** How the body of a request holds its records. */
export type HttpFormat = 'json' | 'ndjson';

/** The body of one request. */
export interface Chunk {
  /** Number of the chunk in its partition, from 0. */
  readonly index: number;
  readonly records: number;
  readonly body: string;
}

/** How records are cut into bodies. */
export interface ChunkOptions {
  readonly format: HttpFormat;
  /** Most records of a body. */
  readonly batchSize: number;
  /** Most bytes of a body. */
  readonly maxBatchBytes: number;
  /** Name of the sink, for errors. */
  readonly sink: string;
}

/**
 * Cuts records into bodies of bounded size. The same records give the same bodies: their numbers name them in a second run.
 *
 * @throws MR_NOT_ENCODABLE for a record that JSON cannot express; MR_SINK_FAILED for one that is too long for a body
 * @example
 * ```ts
 * const options = { format: 'json', batchSize: 2, maxBatchBytes: 1000, sink: 'out' } as const;
 * [...chunksOf([1, 2, 3], options)].map((chunk) => chunk.body); // ['[1,2]', '[3]']
 * ```
 */
export function* chunksOf(records: Iterable<unknown>, options: ChunkOptions): Generator<Chunk> {
  const { format, batchSize, maxBatchBytes, sink } = options;
  const body = (texts: readonly string[]) => (format === 'json' ? `[${texts.join(',')}]` : `${texts.join('\n')}\n`);
  // Around the records: two brackets or the last line's end; between them one character, counted with each.
  const frame = format === 'json' ? 2 : 1;
  let texts: string[] = [];
  let bytes = frame;
  let index = 0;
  for (const record of records) {
    const text = toJson(record, sink);
    const length = Buffer.byteLength(text) + 1;
    if (frame + length - 1 > maxBatchBytes) {
      throw error('MR_SINK_FAILED', {
        sink,
        reason: `a record has ${length - 1} bytes as JSON, more than maxBatchBytes, ${maxBatchBytes}, has room for`,
      });
    }
    if (texts.length === batchSize || (texts.length > 0 && bytes + length - 1 > maxBatchBytes)) {
      yield { index: index++, records: texts.length, body: body(texts) };
      texts = [];
      bytes = frame;
    }
    texts.push(text);
    bytes += length;
  }
  if (texts.length > 0) yield { index, records: texts.length, body: body(texts) };
}

function toJson(record: unknown, operator: string): string {
  const what = 'a value that JSON cannot express';
  let text: string | undefined;
  try {
    text = JSON.stringify(record);
  } catch (cause) {
    throw error('MR_NOT_ENCODABLE', { operator, path: '$', what }, { cause });
  }
  if (text === undefined) throw error('MR_NOT_ENCODABLE', { operator, path: '$', what });
  return text;
}
