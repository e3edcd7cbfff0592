import { fork } from 'node:child_process';
import type { SuiteContext, SuiteResult } from './suite.ts';

/** What a suite's process is told. */
export interface ChildRequest {
  readonly suite: string;
  readonly quick: boolean;
  readonly runs: number;
}

/** What a suite's process tells. */
export type ChildMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly doing: string }
  | { readonly kind: 'result'; readonly result: SuiteResult }
  | { readonly kind: 'failure'; readonly message: string };

const CHILD = new URL('../child.ts', import.meta.url);

/**
 * Runs a suite in a process of its own, so that neither its garbage nor what V8 learned from its code is with the next.
 * @throws Error with what the suite's process said
 */
export function runIsolated(request: ChildRequest, progress: SuiteContext['progress']): Promise<SuiteResult> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [JSON.stringify(request)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const stop = () => child.kill();
    process.once('exit', stop);
    let answer: ChildMessage | null = null;
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'progress') progress(message.done, message.doing);
      else answer = message;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.removeListener('exit', stop);
      if (answer?.kind === 'result') resolve(answer.result);
      else
        reject(
          new Error(
            answer?.kind === 'failure' ? answer.message : `its process ended with ${signal ?? code} and no result`,
          ),
        );
    });
  });
}
