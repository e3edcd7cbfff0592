import type { Receiver } from '@millrace/core';
import { error } from '@millrace/core/connector';
import type { Framer, Framing } from '../framing/framing.ts';
import { type MakeInlet, PacedInlet } from './inlet.ts';

/**
 * What becomes of a record that cannot be read: `'fail'` ends its connection with MR_BAD_RECORD, `'drop'` throws it away and counts
 * it, a function does the same and is told of the error and of the bytes. If that function throws, it is as with `'fail'`.
 */
export type OnBadRecord = 'fail' | 'drop' | ((error: unknown, frame: Buffer) => void);

/** How frames become records. */
export interface FrameRules<T> {
  /** The source, in errors. */
  readonly source: string;
  readonly framing: Framing;
  /** One record of a frame, or several. */
  readonly decode: { one: (frame: Buffer) => T } | { many: (frame: Buffer) => Iterable<T> };
  readonly onBadRecord: OnBadRecord;
}

/** Frames that are decoded where they are received. */
export function frameInlet<T>(rules: FrameRules<T>): MakeInlet<T> {
  return (receiver, peer) => new FrameInlet(receiver, peer, rules);
}

/** A frame, or one whose records are being stored, or a note that so many were thrown away here. */
interface Frame<T> {
  readonly bytes: Buffer;
  readonly records: Iterator<T> | null;
  readonly dropped?: number;
}

const NONE = Buffer.alloc(0);

class FrameInlet<T> extends PacedInlet<Frame<T>, T> {
  readonly #peer: string;
  readonly #rules: FrameRules<T>;
  readonly #framer: Framer;
  numDone = 0;
  /** Of the cut that is going on. */
  #add: (frame: Frame<T>) => void = () => {};

  constructor(receiver: Receiver<T>, peer: string, rules: FrameRules<T>) {
    super(receiver);
    this.#peer = peer;
    this.#rules = rules;
    this.#framer = rules.framing((dropped) => this.#add({ bytes: NONE, records: null, dropped }));
  }

  protected override cut(chunk: Buffer, add: (frame: Frame<T>) => void): void {
    this.#add = add;
    this.#framer.push(chunk, (bytes) => add({ bytes, records: null }));
  }

  protected override cutRest(add: (frame: Frame<T>) => void): void {
    this.#add = add;
    this.#framer.end((bytes) => add({ bytes, records: null }));
  }

  protected override store(frame: Frame<T>, room: number): Frame<T> | null {
    if (frame.dropped !== undefined) {
      this.numDone += frame.dropped;
      this.receiver.countDropped(frame.dropped);
      return null;
    }
    const left = this.#store(frame, room);
    if (left === null) this.numDone++;
    return left;
  }

  #store(frame: Frame<T>, room: number): Frame<T> | null {
    const { decode } = this.#rules;
    if ('many' in decode) return this.#storeMany(frame, decode.many, room);
    let record: T;
    try {
      record = decode.one(frame.bytes);
    } catch (cause) {
      this.#bad(cause, frame.bytes);
      return null;
    }
    if (record instanceof Promise) {
      // Nobody waits for it, and its rejection is not to end the process.
      record.catch(() => {});
      this.#bad(
        error('MR_ASYNC_FUNCTION', { operator: this.#rules.source, found: 'decode gave a promise' }),
        frame.bytes,
      );
      return null;
    }
    this.hasStored(1, this.receiver.store(record));
    return null;
  }

  protected override recordsIn({ dropped }: Frame<T>): number {
    return dropped ?? 1;
  }

  protected override get pending(): number {
    return this.#framer.pending;
  }

  protected override badBytes(cause: unknown): Error {
    return this.#badRecord(cause, `behind frame ${this.numDone}`);
  }

  #storeMany(frame: Frame<T>, decode: (bytes: Buffer) => Iterable<T>, room: number): Frame<T> | null {
    let { records } = frame;
    for (let n = 0; n < room; n++) {
      let step: IteratorResult<T>;
      try {
        records ??= decode(frame.bytes)[Symbol.iterator]();
        step = records.next();
      } catch (cause) {
        this.#bad(cause, frame.bytes);
        return null;
      }
      if (step.done === true) return null;
      this.hasStored(1, this.receiver.store(step.value));
    }
    return { bytes: frame.bytes, records };
  }

  #bad(cause: unknown, frame: Buffer): void {
    const { onBadRecord } = this.#rules;
    const failure = this.#badRecord(cause, `frame ${this.numDone + 1}`);
    if (onBadRecord === 'fail') throw failure;
    if (onBadRecord !== 'drop') onBadRecord(failure, frame);
    this.receiver.countDropped(1);
  }

  #badRecord(cause: unknown, what: string): Error {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return error(
      'MR_BAD_RECORD',
      { source: this.#rules.source, where: `${what} from ${this.#peer}`, reason },
      { cause },
    );
  }
}
