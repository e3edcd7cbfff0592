import { putRecord, type RecordToWrite, recordHead } from './record-format.ts';

/** Records up to so many bytes are copied together: the system takes one buffer faster than hundreds. */
const SMALL_BYTES = 4096;

/** What is to be written for records whose numbers follow each other. Payloads of large ones are not copied. */
export function groupBuffers(first: number, group: readonly RecordToWrite[]): Uint8Array[] {
  const buffers: Uint8Array[] = [];
  for (let i = 0; i < group.length; ) {
    let end = i;
    let bytes = 0;
    for (let next = group[end]; next !== undefined && next.bytes <= SMALL_BYTES; next = group[++end])
      bytes += next.bytes;
    if (end === i) {
      const record = group[i] as RecordToWrite;
      buffers.push(recordHead(first + i, i, record), record.header, ...record.payload);
      i++;
      continue;
    }
    const together = Buffer.allocUnsafe(bytes);
    for (let at = 0; i < end; i++) {
      const record = group[i] as RecordToWrite;
      putRecord(together, at, first + i, i, record);
      at += record.bytes;
    }
    buffers.push(together);
  }
  return buffers;
}
