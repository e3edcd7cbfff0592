import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/millrace.mjs', import.meta.url));

/** Path of a job of these tests. */
export const job = (name: string) => fileURLToPath(new URL(`./jobs/${name}.ts`, import.meta.url));

/** What a process came to. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of a JSON log. */
export type LogLine = { readonly time: string; readonly event: string } & Readonly<Record<string, any>>;

/** What is still running: a test that fails must not leave a job behind that never ends. */
const running = new Set<Millrace>();

/** Ends at once whatever tests have left. */
export function killAll(): void {
  for (const each of running) each.kill('SIGKILL');
}

/** A running `millrace`, from the source. */
export class Millrace {
  readonly ended: Promise<Ended>;
  readonly #child;
  readonly #written = { stdout: '', stderr: '' };
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[], options: { readonly cwd?: string } = {}) {
    const env = { ...process.env };
    delete env['NODE_OPTIONS'];
    this.#child = spawn(process.execPath, ['--conditions=@millrace/source', BIN, ...args], {
      ...options,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name].setEncoding('utf8').on('data', (text: string) => {
        this.#written[name] += text;
        this.#look();
      });
    }
    running.add(this);
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code) => {
        running.delete(this);
        resolve({ code, ...this.#written });
        this.#look();
      });
    });
  }

  /** What it has written to standard error by now. */
  get stderr(): string {
    return this.#written.stderr;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops it where it is, and resolves when each of its threads stands: one in the midst of a write ends that first. */
  async pause(): Promise<void> {
    this.kill('SIGSTOP');
    const tasks = `/proc/${this.pid}/task`;
    // Other systems have no such place to look at.
    if (!existsSync(tasks)) return pause(100);
    const stands = (id: string) => /^State:\s+T/m.test(readFileSync(join(tasks, id, 'status'), 'utf8'));
    while (!readdirSync(tasks).every(stands)) await pause(1);
  }

  /** Nobody reads what the job prints any more. */
  closeStdout(): void {
    this.#child.stdout.destroy();
  }

  /** Resolves when the process has written something. @throws Error if it ends before that */
  async until(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#written[stream])) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`it ended without writing ${pattern}: ${this.#written.stdout}\n${this.#written.stderr}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #look(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Runs `millrace` to its end. */
export function millrace(...args: string[]): Promise<Ended> {
  return new Millrace(args).ended;
}

/** The lines of a JSON log; each has to be JSON, and nothing else may be there. */
export function logLines({ stderr }: Ended): LogLine[] {
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
}
