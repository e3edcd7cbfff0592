import { type ChildProcess, fork } from 'node:child_process';
import type { JobFigures } from './job-process.ts';
import type { SourceKind } from './load.job.ts';

/** Lines of the sender: due, taken by the other side, and refused by it. */
export interface SenderFigures {
  readonly offered: number;
  readonly sent: number;
  readonly refused: number;
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const COLLECTIONS = 5;
const BETWEEN_COLLECTIONS_MS = 230;

/** A job and a sender, each in a process of its own. */
export class Scene {
  job: JobFigures | null = null;
  sender: SenderFigures = { offered: 0, sent: 0, refused: 0 };
  failure: string | null = null;
  readonly #source: SourceKind;
  readonly #job: ChildProcess;
  readonly #sender: ChildProcess;

  private constructor(source: SourceKind) {
    this.#source = source;
    const options = { execArgv: ['--conditions=@millrace/source', '--expose-gc'], serialization: 'advanced' as const };
    this.#job = fork(new URL('./job-process.ts', import.meta.url), options);
    this.#sender = fork(new URL('./sender.ts', import.meta.url), options);
    this.#job.on('message', (m: { figures?: JobFigures; failed?: string }) => {
      if (m.figures !== undefined) this.job = m.figures;
      if (m.failed !== undefined) this.failure = m.failed;
    });
    this.#sender.on('message', (m: { figures?: SenderFigures }) => {
      if (m.figures !== undefined) this.sender = m.figures;
    });
  }

  /** @param offered for iterables, which have no sender: lines per second */
  static async open(source: SourceKind, backend: 'single' | 'threads', offered = 0): Promise<Scene> {
    const scene = new Scene(source);
    const { port } = await next<{ port: number }>(scene.#sender, 'port');
    const params = { source, port: source === 'socket' ? port : 0, offered };
    scene.#job.send({ start: { backend, params } });
    const { ready } = await next<{ ready: { url: string | null } }>(scene.#job, 'ready');
    if (ready.url !== null) scene.#sender.send({ post: ready.url });
    return scene;
  }

  /** Lines per second from now on; Infinity: as many as are taken. */
  setRate(rate: number): void {
    if (this.#source !== 'iterable') this.#sender.send({ rate: Number.isFinite(rate) ? rate : null });
  }

  /** Heap in MB after a collection; begins the delays anew. */
  async collect(): Promise<number> {
    this.#job.send({ collect: true });
    return (await next<{ collected: number }>(this.#job, 'collected')).collected;
  }

  /**
   * What the heap does not go below: the least of some collections. The batch that is under way when one comes is as large as the
   * machine is quick, and gone at the next.
   */
  async settledHeap(): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < COLLECTIONS; i++) {
      if (i > 0) await sleep(BETWEEN_COLLECTIONS_MS);
      least = Math.min(least, await this.collect());
    }
    return least;
  }

  /** Ends both: the sender first, then the job, gracefully. @returns lines sent and lines counted */
  async close(): Promise<{ readonly sent: number; readonly counted: number }> {
    const done = next<{ done: SenderFigures }>(this.#sender, 'done');
    this.#sender.send({ stop: true });
    const { sent } = (await done).done;
    // The last bytes are on their way, and a job that is behind reads them when it has room.
    // An iterable has no end of its own: stopping the job ends it.
    for (let counted = -1; this.#source !== 'iterable' && this.job !== null && counted !== this.job.taken; ) {
      counted = this.job.taken;
      await sleep(3000);
    }
    const stopped = next<{ stopped: number }>(this.#job, 'stopped');
    this.#job.send({ stop: true });
    const counted = (await stopped).stopped;
    this.#sender.disconnect();
    return { sent: this.#source === 'iterable' ? counted : sent, counted };
  }
}

/** The next message that has a field. */
function next<M>(child: ChildProcess, field: keyof M & string): Promise<M> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`a process ended with ${code} instead of saying ${field}`));
    const hear = (message: M) => {
      if (!(field in (message as object))) return;
      child.off('message', hear);
      child.off('exit', gone);
      resolve(message);
    };
    child.on('message', hear);
    child.once('exit', gone);
  });
}

/** Lines per second that the job holds: as many as it takes from a sender that offers all it can. */
export async function capacity(source: SourceKind, backend: 'single' | 'threads', seconds: number): Promise<number> {
  const scene = await Scene.open(source, backend, 1e9);
  scene.setRate(Number.POSITIVE_INFINITY);
  // The loops are compiled and the windows full before it counts.
  await sleep(12_000);
  const before = scene.job?.taken ?? 0;
  const from = performance.now();
  await sleep(seconds * 1000);
  const rate = (((scene.job?.taken ?? 0) - before) / (performance.now() - from)) * 1000;
  await scene.close();
  return rate;
}
