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

/** As reports call what is written by hand. */
export const LOOP_TITLE = 'hand-written loop';
