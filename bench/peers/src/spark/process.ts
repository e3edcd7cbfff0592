import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sparkClasses } from './classes.ts';
import { sparkJars } from './jars.ts';
import { type JavaOptions, javaArguments } from './java.ts';
import { Replies } from './replies.ts';
import { Scratch } from './scratch.ts';

/** Of what a program wrote to its standard error, so many last characters are kept for the message when it ends. */
const LAST_WORDS = 2000;
/** How long it may take to end when it is told to. */
const PATIENCE_MS = 10_000;
/** Spark tells nothing of itself while it starts and while it fills its state. */
export const SPARK_SILENT_MS = 600_000;

/**
 * A Java program of `bench/peers/spark` on Spark in a process of its own, which is asked and replies, by lines of JSON. It ends with this
 * process, however this one ends: its input is closed then.
 */
export class SparkProcess implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #scratch: Scratch;
  readonly #replies = new Replies();
  readonly #gone: Promise<unknown>;
  #lastWords = '';

  private constructor(child: ChildProcessWithoutNullStreams, scratch: Scratch, main: string) {
    this.#child = child;
    this.#scratch = scratch;
    createInterface({ input: child.stdout }).on('line', (line) => this.#replies.take(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
    // A request to a program that has just ended is answered by its end.
    child.stdin.on('error', () => {});
    child.once('error', (e) => this.#replies.end(new Error(`java did not start: ${e.message}`)));
    this.#gone = once(child, 'close').catch(() => null);
    child.once('close', (code, signal) =>
      this.#replies.end(new Error(`${main} on Spark ended with ${signal ?? code}: ${this.#lastWords.trim()}`)),
    );
  }

  /**
   * Compiles the programs where that is not done yet, and starts one. It does nothing until it is asked.
   * @throws Error that says in a line what is missing
   */
  static start(options: JavaOptions): SparkProcess {
    const jars = sparkJars();
    const classes = sparkClasses(jars);
    const scratch = new Scratch();
    // A group of its own: Ctrl-C is not for Java, which would end without tidying up. It ends when its input does.
    const child = spawn('java', javaArguments(options, { jars, classes, scratch: scratch.path }), { detached: true });
    return new SparkProcess(child, scratch, options.main);
  }

  /** A folder for files of this program: in memory where there is room, gone when it is closed. */
  get folder(): string {
    return this.#scratch.path;
  }

  /**
   * Asks the program. Requests are answered one after the other.
   * @param request what the program's `answer` takes
   * @throws Error with what the program threw, or why it ended
   */
  ask<R>(request: Readonly<Record<string, unknown>>): Promise<R> {
    const reply = this.#replies.next();
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return reply as Promise<R>;
  }

  /** Ends the program, and takes its folder away. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    await this.#gone;
    clearTimeout(patience);
    this.#scratch[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
