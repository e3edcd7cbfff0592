import type { Receiver } from '@millrace/core';
import { error } from '@millrace/core/connector';
import { LineCutter, type LineRules } from '../framing/line-cutter.ts';
import type { Transcoder } from '../framing/text-encoding.ts';
import { type MakeInlet, PacedInlet } from './inlet.ts';

/** Whole lines, or a note that so many were thrown away here. */
interface Lines {
  readonly bytes: Buffer | null;
  readonly count: number;
}

/** How text becomes records. */
export interface TextRules extends Omit<LineRules, 'dropped'> {
  /** The source, in errors. */
  readonly source: string;
  /** Null for UTF-8. */
  readonly transcode: (() => Transcoder) | null;
}

/** Lines of text that are stored as they came, in bulk: tasks decode them. */
export function textInlet(rules: TextRules): MakeInlet<string> {
  return (receiver, peer) => new TextInlet(receiver, peer, rules);
}

class TextInlet extends PacedInlet<Lines, string> {
  readonly #source: string;
  readonly #peer: string;
  readonly #cutter: LineCutter;
  readonly #transcoder: Transcoder | null;
  numDone = 0;
  /** Of the cut that is going on. */
  #add: (lines: Lines) => void = () => {};

  constructor(receiver: Receiver<string>, peer: string, { source, transcode, ...rules }: TextRules) {
    super(receiver);
    this.#source = source;
    this.#peer = peer;
    this.#cutter = new LineCutter({ ...rules, dropped: (count) => this.#add({ bytes: null, count }) });
    this.#transcoder = transcode === null ? null : transcode();
  }

  protected override cut(chunk: Buffer, add: (lines: Lines) => void): void {
    this.#add = add;
    const utf8 = this.#transcoder === null ? chunk : this.#transcoder.push(chunk);
    this.#cutter.push(utf8, (bytes, count) => add({ bytes, count }));
  }

  protected override cutRest(add: (lines: Lines) => void): void {
    this.#add = add;
    const take = (bytes: Buffer, count: number) => add({ bytes, count });
    if (this.#transcoder !== null) this.#cutter.push(this.#transcoder.end(), take);
    this.#cutter.end(take);
  }

  protected override store({ bytes, count }: Lines, room: number): Lines | null {
    if (bytes === null) {
      this.numDone += count;
      this.receiver.countDropped(count);
      return null;
    }
    this.numDone += Math.min(count, room);
    if (count <= room) {
      this.hasStored(count, this.receiver.storeText(bytes, count));
      return null;
    }
    const end = endOfLine(bytes, room);
    this.hasStored(room, this.receiver.storeText(bytes.subarray(0, end), room));
    return { bytes: bytes.subarray(end), count: count - room };
  }

  protected override recordsIn({ count }: Lines): number {
    return count;
  }

  protected override get pending(): number {
    return this.#cutter.pending;
  }

  protected override badBytes(cause: unknown): Error {
    const { message } = cause as Error;
    return error('MR_BAD_RECORD', { source: this.#source, where: `from ${this.#peer}`, reason: message }, { cause });
  }
}

/** The position behind the n-th newline. */
function endOfLine(bytes: Buffer, n: number): number {
  let at = 0;
  for (let i = 0; i < n; i++) at = bytes.indexOf(10, at) + 1;
  return at;
}
