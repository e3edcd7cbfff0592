import type {
  BucketInput,
  FragmentPart,
  JoinPart,
  SlotResult,
  Task,
  TaskOutput,
  TaskShuffle,
  WantedKeys,
} from '@millrace/core/backend';
import type { WireTask } from './protocol.ts';

/*
 * Tasks and their results as text, bytes and values. Structured clone takes its time for each object and each property
 * of a message: for a batch of a few records it would be most of the cost. JSON of arrays takes a fifth of that. Bytes go
 * beside the text (small ones together in one array, shared ones as they are), and so do values of the user's, which JSON
 * might change.
 */

/** A message in three parts. */
export interface Packet {
  readonly text: string;
  /** Shared memory and large arrays; at 0 the small ones, one after the other. */
  readonly bytes: readonly Uint8Array[];
  readonly values: readonly unknown[];
}

/** Where bytes are: number in the packet, offset, length. */
type BytesRef = readonly [array: number, offset: number, length: number];
type Json = unknown;

/** Arrays of at least this many bytes are not copied together. */
const LARGE = 4096;

/** Collects the bytes and values of a packet while its text is made. */
class PacketWriter {
  readonly #bytes: Uint8Array[] = [new Uint8Array(0)];
  readonly #small: Uint8Array[] = [];
  readonly #values: unknown[] = [];
  #smallLength = 0;

  bytes(bytes: Uint8Array): BytesRef {
    if (bytes.buffer instanceof SharedArrayBuffer || bytes.length >= LARGE)
      return [this.#bytes.push(bytes) - 1, 0, bytes.length];
    const offset = this.#smallLength;
    this.#small.push(bytes);
    this.#smallLength += bytes.length;
    return [0, offset, bytes.length];
  }

  value(value: unknown): number {
    return this.#values.push(value) - 1;
  }

  seal(content: Json): Packet {
    if (this.#smallLength > 0) {
      const together = new Uint8Array(this.#smallLength);
      let at = 0;
      for (const bytes of this.#small) {
        together.set(bytes, at);
        at += bytes.length;
      }
      this.#bytes[0] = together;
    }
    return { text: JSON.stringify(content), bytes: this.#bytes, values: this.#values };
  }
}

/** Gives the bytes and values of a packet back. */
class PacketReader {
  readonly #packet: Packet;

  constructor(packet: Packet) {
    this.#packet = packet;
  }

  bytes([array, offset, length]: BytesRef): Uint8Array {
    const bytes = this.#packet.bytes[array];
    // Small arrays get memory of their own: typed arrays look at them in place and want them aligned.
    return array === 0 ? bytes.slice(offset, offset + length) : bytes;
  }

  value(index: number): unknown {
    return this.#packet.values[index];
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what JSON.parse gives, taken apart by the function beside the one that made it
type Parsed = any;

/** A run message's tasks, drops and versions as a packet. */
export function packTasks(tasks: readonly WireTask[]): Packet {
  const w = new PacketWriter();
  return w.seal(
    tasks.map((t) => [
      t.id,
      t.program,
      t.partition,
      t.stores,
      t.shuffle === null ? 0 : packShuffle(t.shuffle),
      t.inputs.map((input) => packInput(w, input)),
      t.args.map((arg) => packArgument(w, arg)),
    ]),
  );
}

function packInput(w: PacketWriter, input: Task['inputs'][number]): Json {
  switch (input.kind) {
    case 'blocks':
      return [0, input.blocks.map((b) => [b.codec, b.count, w.bytes(b.bytes)]), input.operator];
    case 'range':
      return [1, input.reader, input.operator, w.value(input.range)];
    case 'handle':
      return [2, input.handle];
    case 'buckets':
      return [3, packBuckets(w, input.buckets)];
    case 'fragments':
      return [4, packBuckets(w, input.buckets), w.value(input.part)];
    case 'assembly':
      return [
        5,
        packBuckets(w, input.rest === null ? [] : [input.rest]),
        packBuckets(w, input.fragments),
        w.value(input.keys),
      ];
    case 'wanted':
      return [6, w.value(input.keys)];
    case 'pieces':
      return [7, packBuckets(w, input.buckets), w.value(input.part)];
    case 'live':
      throw new TypeError('live records are sealed before they are sent');
  }
}

function packBuckets(w: PacketWriter, buckets: readonly BucketInput[]): Json {
  return buckets.map((b) => (b.kind === 'local' ? [b.key, b.reducer] : [w.bytes(b.bytes), b.count, 1]));
}

function unpackBuckets(r: PacketReader, buckets: Parsed): BucketInput[] {
  return buckets.map((b: Parsed) =>
    b.length === 2 ? { kind: 'local', key: b[0], reducer: b[1] } : { kind: 'bytes', bytes: r.bytes(b[0]), count: b[1] },
  );
}

function packShuffle({ key, local, localSlices, splits, meets, sized, sampling }: TaskShuffle): Json {
  return [key, local.map(Number), Number(localSlices), Number(splits), Number(meets), Number(sized), sampling];
}

function unpackShuffle([key, local, localSlices, splits, meets, sized, sampling]: Parsed): TaskShuffle {
  const shuffle = {
    key,
    local: local.map(Boolean),
    localSlices: localSlices === 1,
    splits: splits === 1,
    meets: meets === 1,
    sized: sized === 1,
  };
  // JSON has null for what was left out.
  return sampling === null ? shuffle : { ...shuffle, sampling };
}

function packArgument(w: PacketWriter, arg: Task['args'][number]): Json {
  switch (arg.kind) {
    case 'value':
      return [0, w.value(arg.value)];
    case 'action':
      return [1, arg.action];
    case 'partitions':
      return [2, arg.partition, arg.time, arg.seed, w.value(arg.parameter), w.value(arg.decision)];
    case 'scope':
      return [3, arg.rebuild, arg.trace];
  }
}

/** The tasks of a packet. */
export function unpackTasks(packet: Packet): WireTask[] {
  const r = new PacketReader(packet);
  return (JSON.parse(packet.text) as Parsed[]).map(
    ([id, program, partition, stores, shuffle, inputs, args]): WireTask => ({
      id,
      program,
      partition,
      stores,
      shuffle: shuffle === 0 ? null : unpackShuffle(shuffle),
      inputs: inputs.map((i: Parsed): Task['inputs'][number] => {
        switch (i[0]) {
          case 0:
            return {
              kind: 'blocks',
              blocks: i[1].map((b: Parsed) => ({ codec: b[0], count: b[1], bytes: r.bytes(b[2]) })),
              operator: i[2] ?? undefined,
            };
          case 1:
            return { kind: 'range', reader: i[1], operator: i[2], range: r.value(i[3]) };
          case 2:
            return { kind: 'handle', handle: i[1] };
          case 3:
            return { kind: 'buckets', buckets: unpackBuckets(r, i[1]) };
          case 4:
            return { kind: 'fragments', buckets: unpackBuckets(r, i[1]), part: r.value(i[2]) as FragmentPart };
          case 6:
            return { kind: 'wanted', keys: r.value(i[1]) as WantedKeys };
          case 7:
            return { kind: 'pieces', buckets: unpackBuckets(r, i[1]), part: r.value(i[2]) as JoinPart };
          default:
            return {
              kind: 'assembly',
              rest: unpackBuckets(r, i[1])[0] ?? null,
              fragments: unpackBuckets(r, i[2]),
              keys: r.value(i[3]) as readonly unknown[],
            };
        }
      }),
      args: args.map((a: Parsed): Task['args'][number] => {
        switch (a[0]) {
          case 0:
            return { kind: 'value', value: r.value(a[1]) };
          case 1:
            return { kind: 'action', action: a[1] };
          case 2:
            return {
              kind: 'partitions',
              partition: a[1],
              time: a[2],
              seed: a[3],
              parameter: r.value(a[4]),
              decision: r.value(a[5]),
            };
          default:
            return { kind: 'scope', rebuild: a[1], trace: a[2], live: null };
        }
      }),
    }),
  );
}

const NOT_HEAVY = { heavy: [], runs: [], met: null } as const;

function unpackHeavy(value: unknown): Pick<TaskOutput, 'heavy' | 'runs' | 'met'> {
  const [heavy, runs, met] = value as readonly [TaskOutput['heavy'], TaskOutput['runs'], TaskOutput['met']];
  return { heavy, runs, met };
}

function unpackResidues(residues: Parsed): TaskOutput['residues'] {
  return residues.map(([heavy, side, map, values]: Parsed) => ({ heavy, side, map, values }));
}

/** Results as a packet. */
export function packResults(results: readonly SlotResult[]): Packet {
  const w = new PacketWriter();
  return w.seal(
    results.map((result): Json => {
      if (!result.ok) return [0, w.value(result.error), result.operator, result.stopped === true];
      const { records, buckets, heavy, runs, met, residues, sampled, stored, metrics, accumulated } = result.output;
      return [
        1,
        records === null
          ? 0
          : records.kind === 'live'
            ? [w.value(records.records)]
            : [-1, records.blocks.map((b) => [b.codec, b.count, w.bytes(b.bytes)])],
        buckets === null
          ? 0
          : buckets.map((b) => (b === null ? 0 : b.kind === 'local' ? b.count : [w.bytes(b.bytes), b.count])),
        stored,
        [
          metrics.elapsedMs,
          metrics.recordsRead,
          metrics.recordsWritten,
          metrics.bytesWritten,
          metrics.recordsCombined,
          metrics.recordsProbed,
          metrics.bucketBytes,
        ],
        accumulated.length === 0 ? -1 : w.value(accumulated),
        heavy.length + runs.length === 0 && met === null ? -1 : w.value([heavy, runs, met]),
        residues.map(({ heavy: index, side, map, values }) => [index, side, map, values]),
        sampled,
      ];
    }),
  );
}

/** The results of a packet. */
export function unpackResults(packet: Packet): SlotResult[] {
  const r = new PacketReader(packet);
  return (JSON.parse(packet.text) as Parsed[]).map(
    ([ok, a, b, stored, m, accumulated, heavy, residues, sampled]): SlotResult => {
      if (ok === 0) {
        const failure = { error: r.value(a) as Extract<SlotResult, { ok: false }>['error'], operator: b };
        return stored === true ? { ok: false, ...failure, stopped: true } : { ok: false, ...failure };
      }
      return {
        ok: true,
        output: {
          records:
            a === 0
              ? null
              : a[0] >= 0
                ? { kind: 'live', records: r.value(a[0]) as unknown[] }
                : {
                    kind: 'blocks',
                    blocks: a[1].map((x: Parsed) => ({ codec: x[0], count: x[1], bytes: r.bytes(x[2]) })),
                  },
          buckets:
            b === 0
              ? null
              : b.map((x: Parsed) =>
                  x === 0
                    ? null
                    : typeof x === 'number'
                      ? { kind: 'local', count: x }
                      : { kind: 'bytes', bytes: r.bytes(x[0]), count: x[1] },
                ),
          ...(heavy === -1 ? NOT_HEAVY : unpackHeavy(r.value(heavy))),
          residues: unpackResidues(residues),
          ...(sampled === null ? {} : { sampled }),
          stored,
          metrics: {
            elapsedMs: m[0],
            recordsRead: m[1],
            recordsWritten: m[2],
            bytesWritten: m[3],
            recordsCombined: m[4],
            recordsProbed: m[5],
            bucketBytes: m[6],
          },
          accumulated: accumulated === -1 ? [] : (r.value(accumulated) as readonly (readonly [string, unknown])[]),
        },
      };
    },
  );
}
