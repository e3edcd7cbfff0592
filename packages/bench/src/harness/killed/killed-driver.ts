import { type ChildProcess, fork } from 'node:child_process';
import type { CompletedBatch, DeliveredBatch, FromKilled, KilledSetting, ToKilled } from './messages.ts';
import { withUnheard } from './unheard.ts';

/** What became of a job that was killed once. Times in ms since the epoch. */
export interface KilledRun {
  readonly killedAt: number;
  /** When the second process had loaded the engine. */
  readonly loadedAt: number;
  /** When the job had started in it: its module is loaded, and its checkpoint read. */
  readonly startedAt: number;
  /** In the order in which they completed, those of both processes. One may be there twice: it had completed, and nobody had written that down. */
  readonly batches: readonly CompletedBatch[];
  /** How many were complete when the process was killed. */
  readonly before: number;
}

const PROCESS = new URL(
  import.meta.url.endsWith('.ts') ? './driver-process.ts' : './driver-process.js',
  import.meta.url,
);

/**
 * Runs a job in a process of its own, kills that with SIGKILL when a batch begins, starts it anew, and ends it in order after another batch.
 * @throws Error with what a process said before it ended by itself
 */
export async function killDriver(setting: KilledSetting, killIn: number, last: number): Promise<KilledRun> {
  const batches: CompletedBatch[] = [];
  const at = { loaded: 0, started: 0 };
  const delivered: DeliveredBatch[] = [];
  const keep = (message: FromKilled) => {
    if (message.kind === 'completed') batches.push(message);
  };
  await using first = new DriverProcess(setting, (message) => {
    keep(message);
    if (message.kind === 'delivered') delivered.push(message);
  });
  await first.until((message) => message.kind === 'begun' && message.batch >= killIn);
  const killedAt = now();
  // What it has said until then is still heard.
  await first.kill();
  const before = batches.length;
  await using second = new DriverProcess(setting, (message) => {
    keep(message);
    if (message.kind === 'loaded' || message.kind === 'started') at[message.kind] = now();
  });
  await second.until((message) => message.kind === 'completed' && message.batch >= last);
  await second.stop();
  return { killedAt, loadedAt: at.loaded, startedAt: at.started, ...withUnheard(batches, before, delivered, killedAt) };
}

const now = () => performance.timeOrigin + performance.now();

/** One life of the job. */
class DriverProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** How the process ended, when all that it had said was heard. */
  readonly #gone: Promise<string>;
  readonly #failed = Promise.withResolvers<never>();

  constructor(setting: KilledSetting, hear: (message: FromKilled) => void) {
    this.#child = fork(PROCESS, [], {
      // What the job prints is not part of the result.
      stdio: ['ignore', 2, 2, 'ipc'],
      // Params need not be JSON.
      serialization: 'advanced',
    });
    const child = this.#child;
    const unheard = new Promise<void>((resolve) => child.once('disconnect', resolve));
    this.#gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => void unheard.then(() => resolve(`${signal ?? code}`)));
      child.once('error', (e) => resolve(e.message));
    });
    child.on('message', (message: FromKilled) => {
      hear(message);
      if (message.kind === 'failed') this.#failed.reject(new Error(message.message));
      if (message.kind === 'loaded') this.#tell({ kind: 'run', setting });
    });
    this.#failed.promise.catch(() => {});
    void this.#gone.then((by) =>
      this.#failed.reject(new Error(`the process of the job ended by ${by} before it was done`)),
    );
  }

  /** Resolves when the process says what is waited for. @throws Error where it ends before */
  async until(isIt: (message: FromKilled) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const hear = (message: FromKilled) => {
      if (isIt(message)) resolve();
    };
    this.#child.on('message', hear);
    try {
      await Promise.race([promise, this.#failed.promise]);
    } finally {
      this.#child.removeListener('message', hear);
    }
  }

  /** Ends the job in order. */
  async stop(): Promise<void> {
    this.#tell({ kind: 'stop' });
    await this.#gone;
  }

  /** Ends the process at once, if it is there. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #tell(message: ToKilled): void {
    // A process that is gone is told nothing; how it went is heard elsewhere.
    this.#child.send(message, () => {});
  }
}
