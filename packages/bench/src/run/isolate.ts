import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STALLED_MS, Watchdog } from '../harness/watchdog.ts';
import type { SuiteContext, SuiteResult } from '../suite.ts';
import { checkResult } from './check-result.ts';
import type { Limits } from './limits.ts';

/** What a suite's process is told. */
export interface ChildRequest extends Limits {
  /** The file whose default export is the bench. */
  readonly bench: string;
  readonly suite: string;
  readonly quick: boolean;
}

/** What a suite's process tells. */
export type ChildMessage =
  | { readonly kind: 'alive' }
  | { readonly kind: 'progress'; readonly done: number; readonly doing: string }
  | { readonly kind: 'result'; readonly result: SuiteResult }
  | { readonly kind: 'failure'; readonly message: string };

const CHILD = new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './child.js', import.meta.url);
/** A suite of which nothing is heard for so long hangs. Longer than what it waits for a batch: what it says itself of such a one says more. */
export const SILENT_MS = STALLED_MS + 5000;
/** Garbage is collected before each run. */
const GC = '--expose-gc';

/**
 * Runs a suite in a process of its own, so that neither its garbage nor what V8 learned from its code is with the next.
 * @param how `signal` ends the process; `silentMs`: it is ended when nothing is heard of it for so long
 * @throws Error with what the suite's process said, or with what is wrong in its result
 */
export function runIsolated(
  request: ChildRequest,
  progress: SuiteContext['progress'],
  how: { readonly signal?: AbortSignal | undefined; readonly silentMs?: number } = {},
): Promise<SuiteResult> {
  const { signal, silentMs = SILENT_MS } = how;
  return new Promise((resolve, reject) => {
    // What the suite leaves there, however it ends, goes with it.
    const scratch = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
    const child = fork(CHILD, [JSON.stringify(request)], {
      // What a suite prints is not part of the result, and progress goes the same way.
      stdio: ['ignore', 2, 2, 'ipc'],
      env: { ...process.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch },
      execArgv: [...process.execArgv.filter((flag) => flag !== GC), GC],
    });
    const clean = () => {
      watchdog.stop();
      rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
    };
    const stop = () => child.kill();
    process.once('exit', stop);
    signal?.addEventListener('abort', stop, { once: true });
    let answer: ChildMessage | null = null;
    const watchdog = new Watchdog(silentMs, hangs(silentMs));
    watchdog.stalled.catch((e: Error) => {
      answer ??= { kind: 'failure', message: e.message };
      // It may be in a loop that never ends, and hears nothing.
      child.kill('SIGKILL');
    });
    child.on('message', (message: ChildMessage) => {
      watchdog.heard();
      if (message.kind === 'alive') return;
      if (message.kind === 'progress') progress(message.done, message.doing);
      else answer = message;
    });
    child.on('error', (e) => {
      clean();
      reject(e);
    });
    child.on('exit', (code, by) => {
      clean();
      process.removeListener('exit', stop);
      signal?.removeEventListener('abort', stop);
      if (answer?.kind === 'result') {
        try {
          resolve(checkResult(answer.result, request.suite));
        } catch (e) {
          reject(e);
        }
      } else if (answer?.kind === 'failure') reject(new Error(answer.message));
      else reject(new Error(`its process ended with ${by ?? code} and no result`));
    });
  });
}

function hangs(ms: number): string {
  return `nothing was heard of it for ${ms / 1000} s, neither progress nor the end of a batch, and its process was ended: does a function of its job never end? What takes so long by itself says so by context.progress, or gets longer by silentMs`;
}
