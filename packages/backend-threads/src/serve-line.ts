import type { MessagePort } from 'node:worker_threads';
import type { Answer, Message } from './protocol.ts';

/** The worker's end of a line: answers messages in their order, one at a time. */
export class LineServer {
  readonly #port: MessagePort;
  readonly #answer: (message: Message) => Promise<Answer>;
  readonly #messages: Message[] = [];
  #isServing = false;

  /** @param answer never rejects */
  constructor(port: MessagePort, answer: (message: Message) => Promise<Answer>) {
    this.#port = port;
    this.#answer = answer;
    port.on('message', (message: Message) => {
      this.#messages.push(message);
      if (!this.#isServing) void this.#serve();
    });
    // The pool decides how long the worker lives.
    port.unref();
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    for (let next = this.#messages.shift(); next !== undefined; next = this.#messages.shift()) {
      this.#post(await this.#answer(next));
    }
    this.#isServing = false;
  }

  #post(answer: Answer): void {
    try {
      this.#port.postMessage(answer);
    } catch (e) {
      this.#port.postMessage({ type: 'uncloneable', what: (e as Error).message } satisfies Answer);
    }
  }
}
