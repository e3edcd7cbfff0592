import type { Block } from '../data/block.ts';
import { newBytes } from '../data/bytes.ts';
import type { SourcePartition } from '../lineage/rdd-node.ts';

/** Text is cut into blocks of no more than about this, so that tasks share the work and strings stay small. */
const MAX_TEXT_BYTES = 4 * 2 ** 20;
/** The same for records that are objects already. */
const MAX_RECORDS = 65_536;

/** What a buffer becomes. */
export interface BufferedBlock {
  readonly numRecords: number;
  readonly numBytes: number;
  readonly partition: Exclude<SourcePartition, { kind: 'range' }>;
}

/** Collects records, or lines of text, until they are cut into a block. Never both: text stays bytes until a task decodes it. */
export class BlockBuffer {
  readonly #oneHeap: boolean;
  #records: unknown[] = [];
  #texts: Block[] = [];
  #numBytes = 0;
  #numLines = 0;

  /** @param oneHeap whether tasks run in this heap: text is then handed over where it lies, and copied nowhere */
  constructor(oneHeap = false) {
    this.#oneHeap = oneHeap;
  }

  get numRecords(): number {
    return this.#records.length + this.#numLines;
  }

  get numBytes(): number {
    return this.#numBytes;
  }

  get isEmpty(): boolean {
    return this.numRecords === 0;
  }

  /** True when it should be cut, whatever the time. */
  get isFull(): boolean {
    return this.#records.length >= MAX_RECORDS || this.#numBytes >= MAX_TEXT_BYTES;
  }

  /** Whether records of this kind go with what is here. */
  takes(kind: 'records' | 'text'): boolean {
    return this.isEmpty || (kind === 'text') === this.#numLines > 0;
  }

  addRecord(record: unknown, bytes: number): void {
    this.#records.push(record);
    this.#numBytes += bytes;
  }

  addRecords(records: readonly unknown[]): void {
    for (const record of records) this.#records.push(record);
  }

  /** Whole lines, each with its line end. The bytes must not change any more. */
  addText(bytes: Uint8Array, lines: number): void {
    this.#texts.push({ codec: 'lines', count: lines, bytes });
    this.#numBytes += bytes.length;
    this.#numLines += lines;
  }

  /** What is here as a block; the buffer is empty afterwards. */
  cut(): BufferedBlock {
    const { numRecords, numBytes } = this;
    const partition: BufferedBlock['partition'] =
      this.#numLines > 0
        ? { kind: 'blocks', blocks: this.#oneHeap ? asTheyLie(this.#texts) : [together(this.#texts)] }
        : { kind: 'live', records: this.#records };
    this.#records = [];
    this.#texts = [];
    this.#numBytes = 0;
    this.#numLines = 0;
    return { numRecords, numBytes, partition };
  }
}

/** One block, in shared memory where that is worth it, so that no thread copies it again. */
function together(texts: readonly Block[]): Block {
  let length = 0;
  let count = 0;
  for (const text of texts) {
    length += text.bytes.length;
    count += text.count;
  }
  const bytes = newBytes(length, 'large');
  let at = 0;
  for (const text of texts) {
    bytes.set(text.bytes, at);
    at += text.bytes.length;
  }
  return { codec: 'lines', count, bytes };
}

/** Texts of at least this size are blocks of their own; many small ones would cost more than copying them together. */
const OWN_BLOCK_BYTES = 2 ** 14;

/**
 * The texts where they lie, but for those that are small, or that are a small part of the memory that they would keep: neighbours
 * of that kind are copied together.
 */
function asTheyLie(texts: readonly Block[]): Block[] {
  const blocks: Block[] = [];
  let small: Block[] = [];
  const flush = () => {
    if (small.length > 0) blocks.push(together(small));
    small = [];
  };
  for (const text of texts) {
    const { length, buffer } = text.bytes;
    if (length < OWN_BLOCK_BYTES || 2 * length < buffer.byteLength) {
      small.push(text);
      continue;
    }
    flush();
    blocks.push(text);
  }
  flush();
  return blocks;
}
