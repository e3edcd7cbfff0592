import { countLines } from '@millrace/core/connector';
import { Rest } from './rest.ts';

/**
 * What becomes of a line that is longer than it may be: `'fail'` ends the connection with MR_BAD_RECORD, `'cut'` keeps what
 * fits, to a whole character, `'drop'` throws it away and counts it.
 */
export type OnLongLine = 'fail' | 'cut' | 'drop';

/** How lines are cut. */
export interface LineRules {
  /** Longest line in bytes of UTF-8, without its end. */
  readonly maxLineBytes: number;
  readonly onLongLine: OnLongLine;
  /** Told of each line that was thrown away. */
  readonly dropped: (lines: number) => void;
}

/** Takes whole lines, each with its end, and how many they are. The bytes stay as they are. */
export type TakeLines = (bytes: Buffer, lines: number) => void;

const NEWLINE = 10;
const RETURN = 13;
const END = Buffer.from('\n');

/**
 * Finds whole lines in the chunks of a connection, without decoding and without looking at each line: it looks for the last
 * newline of a chunk, counts the others, and keeps what is behind it. Lines end with '\n' or '\r\n'.
 */
export class LineCutter {
  readonly #rules: LineRules;
  readonly #rest = new Rest();
  /** The bytes up to the next newline belong to a line that was cut or dropped. */
  #skipping = false;

  constructor(rules: LineRules) {
    this.#rules = rules;
  }

  /** Bytes of the line that is not complete yet. */
  get pending(): number {
    return this.#rest.length;
  }

  /** @throws RangeError for a line that is too long, where that is an error; the lines before it were given */
  push(chunk: Buffer, take: TakeLines): void {
    let from = 0;
    if (this.#skipping || this.#rest.length > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) {
        this.#keep(chunk, take);
        return;
      }
      this.#complete(chunk.subarray(0, end + 1), take);
      from = end + 1;
    }
    const last = chunk.lastIndexOf(NEWLINE);
    if (last >= from) {
      // A chunk within the bound has no line beyond it.
      if (last - from <= this.#rules.maxLineBytes) give(chunk.subarray(from, last + 1), take);
      else this.#giveChecked(chunk, from, last + 1, take);
      from = last + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from), take);
  }

  /** The end of the text: what is left is a line, too. */
  end(take: TakeLines): void {
    if (this.#rest.length > 0) this.#complete(END, take);
    this.#skipping = false;
  }

  /** The rest of the line that was begun, with its end. */
  #complete(bytes: Buffer, take: TakeLines): void {
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    this.#rest.add(bytes);
    const line = this.#rest.take();
    if (contentLength(line) <= this.#rules.maxLineBytes) take(line, 1);
    else this.#tooLong(line, take);
  }

  /** The beginning of a line, or more of it. */
  #keep(bytes: Buffer, take: TakeLines): void {
    if (this.#skipping) return;
    const { maxLineBytes } = this.#rules;
    // One byte more may be the '\r' of its end.
    const room = maxLineBytes + 1 - this.#rest.length;
    if (bytes.length <= room) {
      this.#rest.add(bytes);
      return;
    }
    this.#rest.add(bytes.subarray(0, room));
    this.#skipping = true;
    this.#tooLong(this.#rest.take(), take);
  }

  #giveChecked(chunk: Buffer, start: number, stop: number, take: TakeLines): void {
    let from = start;
    for (let at = start; at < stop; ) {
      const end = chunk.indexOf(NEWLINE, at) + 1;
      if (contentLength(chunk.subarray(at, end)) > this.#rules.maxLineBytes) {
        if (at > from) give(chunk.subarray(from, at), take);
        this.#tooLong(chunk.subarray(at, end), take);
        from = end;
      }
      at = end;
    }
    if (stop > from) give(chunk.subarray(from, stop), take);
  }

  #tooLong(line: Buffer, take: TakeLines): void {
    const { maxLineBytes, onLongLine, dropped } = this.#rules;
    if (onLongLine === 'fail') throw new RangeError(`a line is longer than maxLineBytes, ${maxLineBytes}`);
    if (onLongLine === 'drop') dropped(1);
    else take(Buffer.concat([line.subarray(0, wholeCharacters(line, maxLineBytes)), END]), 1);
  }
}

function give(bytes: Buffer, take: TakeLines): void {
  take(bytes, countLines(bytes));
}

/** Of a line with its end, or with nothing. */
function contentLength(line: Buffer): number {
  let { length } = line;
  if (line[length - 1] === NEWLINE) length--;
  if (line[length - 1] === RETURN) length--;
  return length;
}

/** The most bytes, up to a bound below the length, that end with a whole character. */
function wholeCharacters(bytes: Buffer, max: number): number {
  let end = max;
  // Bytes 10xxxxxx go on with a character. More than three in a row are no UTF-8, and cutting them does no harm.
  while (end > 0 && max - end < 3 && (bytes[end] & 0xc0) === 0x80) end--;
  return end;
}
