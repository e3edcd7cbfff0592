import { Rest } from '../framing/rest.ts';

/** Longest first line; nobody who has not shown a token makes us hold more. */
const MAX_TOKEN_BYTES = 4096;

/** Thrown where a sender does not know the token. */
export class NotAdmitted extends Error {}

/** Takes the first line of a connection for a token, and lets the bytes behind it pass if it is a right one. */
export class TokenGate {
  readonly #admits: (token: Buffer) => boolean | Promise<boolean>;
  readonly #onAdmitted: () => void;
  readonly #line = new Rest();
  #open = false;

  constructor(admits: (token: Buffer) => boolean | Promise<boolean>, onAdmitted: () => void) {
    this.#admits = admits;
    this.#onAdmitted = onAdmitted;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** @returns what is behind the first line, null while that is not complete @throws NotAdmitted */
  async pass(chunk: Buffer): Promise<Buffer | null> {
    const end = chunk.indexOf(10);
    const line = end < 0 ? chunk : chunk.subarray(0, end);
    if (this.#line.length + line.length > MAX_TOKEN_BYTES) throw new NotAdmitted('the first line is no token');
    this.#line.add(line);
    if (end < 0) return null;
    const token = this.#line.take();
    if (!(await this.#isAdmitted(token.at(-1) === 13 ? token.subarray(0, -1) : token)))
      throw new NotAdmitted('the token is wrong');
    this.#open = true;
    this.#onAdmitted();
    return chunk.subarray(end + 1);
  }

  async #isAdmitted(token: Buffer): Promise<boolean> {
    try {
      return (await this.#admits(token)) === true;
    } catch (cause) {
      throw new NotAdmitted('auth failed', { cause });
    }
  }
}
