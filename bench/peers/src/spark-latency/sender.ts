import { type ChildProcess, fork } from 'node:child_process';

const PACED_LINES = new URL('./paced-lines.ts', import.meta.url);

/** A process that sends lines of 100 bytes at a steady rate to whoever connects; each begins with the ms since the epoch at which it was due. */
export class Sender implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #died = Promise.withResolvers<never>();

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
    const died = (code: number | null, signal: string | null) =>
      this.#died.reject(new Error(`the sender ended with ${signal ?? code} while its lines were awaited`));
    process.once('exit', died);
    // Nobody may be waiting.
    this.#died.promise.catch(() => {});
  }

  /** Of its process. */
  get pid(): number {
    return this.#process.pid!;
  }

  /** What comes of work that takes its lines. @throws Error when the process ends before that, since nothing would ever come of it */
  async whileAlive<R>(work: Promise<R>): Promise<R> {
    return await Promise.race([work, this.#died.promise]);
  }

  /**
   * @param rate lines a second: a multiple of 1000
   * @param lines of each connection
   * @throws Error when the process ends before it listens
   */
  static open(rate: number, lines: number): Promise<Sender> {
    return new Promise((resolve, reject) => {
      const child = fork(PACED_LINES, [String(rate), String(lines)], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the sender ended with ${code} before it listened`)));
      child.once('message', (message: { readonly port: number }) => resolve(new Sender(child, message.port)));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill();
    await ended;
  }
}
