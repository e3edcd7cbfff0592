import type { OutgoingRecord } from '@millrace/kafka';

/** Brokers take 1 MiB at once for a partition unless they are told otherwise; what is around a record is in the rest. */
const MOST_BYTES = 900_000;
/** Of one record, about: lengths, offset and time. */
const AROUND = 24;

/** Cuts records so that none of the requests has more for a partition than brokers take. A record that is larger goes alone. */
export function* inRequests(records: readonly OutgoingRecord[], most = MOST_BYTES): Generator<OutgoingRecord[]> {
  let request: OutgoingRecord[] = [];
  const bytes = new Map<string, number>();
  for (const record of records) {
    const partition = `${record.partition} ${record.topic}`;
    const size = sizeOf(record);
    const before = bytes.get(partition) ?? 0;
    if (before > 0 && before + size > most) {
      yield request;
      request = [];
      bytes.clear();
      bytes.set(partition, size);
    } else bytes.set(partition, before + size);
    request.push(record);
  }
  if (request.length > 0) yield request;
}

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let size = AROUND + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, of] of headers) size += 4 + 2 * name.length + (of?.length ?? 0);
  return size;
}
