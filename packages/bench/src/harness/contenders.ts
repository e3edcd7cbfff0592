import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import type { ExecutionBackend } from '@millrace/core';

/** What jobs run on: a name as reports show it, and a fresh backend for each job. */
export type Backends = Readonly<Record<string, () => ExecutionBackend>>;

/** The calling thread, and two workers. */
export const DEFAULT_BACKENDS: Backends = {
  single: () => single(),
  'threads(2)': () => threads({ workers: 2 }),
};

const NAMED: readonly (readonly [RegExp, (n: number) => ExecutionBackend])[] = [
  [/^single$/, () => single()],
  [/^single \(serialize\)$/, () => single({ serialize: true })],
  [/^threads\((\d+)\)$/, (workers) => threads({ workers })],
];

/**
 * A backend like one of another process, which is known by its `name` alone: options that do not show in the name are not taken over.
 * @throws Error for a name that is not of `single` or `threads`
 */
export function namedBackend(name: string): ExecutionBackend {
  for (const [pattern, make] of NAMED) {
    const match = pattern.exec(name);
    if (match !== null) return make(Number(match[1]));
  }
  throw new Error(`the backend ${name} cannot be made in another process: it has to be single or threads`);
}

/** As reports call what is written by hand. */
export const LOOP_TITLE = 'hand-written loop';
