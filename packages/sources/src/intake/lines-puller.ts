import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Puller } from './puller.ts';

/** Decodes the chunks of a byte stream; strings pass, since the stream has decoded them. */
interface Decoder {
  write(chunk: string | Buffer): string;
  end(): string;
}

const decoded: Decoder = { write: (chunk) => chunk as string, end: () => '' };

/**
 * Pulls chunks from a Readable of bytes or text and pushes its lines, by the rules of `linesBlock`: separated by '\n' or
 * '\r\n', a newline at the end begins no other line. A chunk is pulled whole, so up to one chunk's lines (64 KB of text)
 * may come on top of the room.
 *
 * @example
 * ```ts
 * intake.open(new LinesPuller(process.stdin, 2 ** 20));
 * ```
 */
export class LinesPuller implements Puller<string> {
  readonly #readable: Readable;
  readonly #chunks: AsyncIterator<string | Buffer>;
  readonly #maxLineLength: number;
  readonly #decoder: Decoder;
  /** The line that is not complete yet. */
  #rest = '';

  /** @param maxLineLength in UTF-16 units; a longer line is an error, since it would be held whole */
  constructor(readable: Readable, maxLineLength: number) {
    this.#readable = readable;
    this.#chunks = readable[Symbol.asyncIterator]();
    this.#maxLineLength = maxLineLength;
    this.#decoder = readable.readableEncoding === null ? new StringDecoder('utf8') : decoded;
  }

  async pull(push: (record: string) => void): Promise<boolean> {
    const step = await this.#chunks.next();
    if (!step.done) {
      this.#split(this.#decoder.write(step.value), push);
      return true;
    }
    this.#split(this.#decoder.end(), push);
    if (this.#rest !== '') push(withoutReturn(this.#rest));
    return false;
  }

  close(): void {
    this.#readable.destroy();
  }

  #split(text: string, push: (record: string) => void): void {
    const first = text.indexOf('\n');
    if (first < 0) {
      // Without a newline the text is only put behind the rest, so that a long line costs no more than its length.
      this.#rest += text;
    } else {
      const lines = text.split('\n');
      push(withoutReturn(this.#rest + lines[0]));
      for (let i = 1; i < lines.length - 1; i++) push(withoutReturn(lines[i]));
      this.#rest = lines[lines.length - 1];
    }
    if (this.#rest.length > this.#maxLineLength) {
      this.close();
      throw new RangeError(`a line is longer than maxLineLength, ${this.#maxLineLength} characters`);
    }
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
