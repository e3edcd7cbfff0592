import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MILLRACE = fileURLToPath(new URL('../../../packages/cli/bin/millrace.mjs', import.meta.url));

/** What a process came to. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A line of the log of `millrace run --log json`. */
export type LogLine = { readonly event: string } & Readonly<Record<string, any>>;

const running = new Set<Program>();

/** For `afterEach`: a test that fails must not leave processes behind. */
export async function killAll(): Promise<void> {
  for (const each of running) {
    // One that is stopped dies, too.
    each.kill('SIGKILL');
    await each.ended;
  }
}

/** Another process, what it wrote so far, and its standard input. */
export class Program {
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(command: string, args: readonly string[]) {
    const env = { ...process.env };
    for (const name of ['NODE_OPTIONS', 'VITEST', 'NODE_ENV']) delete env[name];
    this.#child = spawn(command, args, { cwd: ROOT, env, stdio: 'pipe' });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.#look();
      });
    }
    // It may be gone by then.
    this.#child.stdin?.on('error', () => {});
    running.add(this);
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
        this.#look();
      });
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it at once and waits for its end. */
  async killed(): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
  }

  /**
   * Resolves with what a look at its output finds, as soon as that is something.
   * @throws Error if it ends before that
   */
  async until<R>(look: (program: this) => R | null | undefined | false, what: string = look.toString()): Promise<R> {
    for (;;) {
      const found = look(this);
      if (found !== null && found !== undefined && found !== false) return found;
      if (!running.has(this))
        throw new Error(`the process ended before ${what}\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** What stderr has by now of a JSON log. */
  get log(): LogLine[] {
    const whole = this.stderr.slice(0, this.stderr.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** What stdout has by now, of a program that writes JSON lines. */
  printed<T>(): T[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T);
  }

  #look(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** A TypeScript program of this repository. */
export function node(path: string, ...args: string[]): Program {
  return new Program(process.execPath, ['--conditions=@millrace/source', path, ...args]);
}

/** The `millrace` command, from its source. */
export function millrace(...args: string[]): Program {
  return node(MILLRACE, ...args);
}

/** `millrace run` of a job beside these tests. */
export function runJob(job: string, params: Readonly<Record<string, unknown>>, ...args: string[]): Program {
  const given = Object.entries(params).flatMap(([name, value]) => ['--param', `${name}=${JSON.stringify(value)}`]);
  const path = fileURLToPath(new URL(`../jobs/${job}.ts`, import.meta.url));
  return millrace('run', path, '--log', 'json', ...given, ...args);
}
