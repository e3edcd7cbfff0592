import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import { type Backends, LOOP_TITLE } from '@millrace/bench';
import type { ExecutionBackend } from '@millrace/core';

/** The engine's contenders. */
export type EngineId = 'single' | 'serialize' | 'threads1' | 'threads2';

/** All of the engine's, in the order of the reports. */
const ENGINES: readonly EngineId[] = ['single', 'serialize', 'threads1', 'threads2'];

/** Names as reports show them. */
export const TITLES: Readonly<Record<'loop' | EngineId, string>> = {
  loop: LOOP_TITLE,
  single: 'single',
  serialize: 'single, serialized',
  threads1: 'threads(1)',
  threads2: 'threads(2)',
};

/** A fresh backend. */
export function backendOf(id: EngineId): ExecutionBackend {
  switch (id) {
    case 'single':
      return single();
    case 'serialize':
      return single({ serialize: true });
    case 'threads1':
      return threads({ workers: 1 });
    case 'threads2':
      return threads({ workers: 2 });
  }
}

/** The backends of these, by the names that reports show. */
export function backends(ids: readonly EngineId[] = ENGINES): Backends {
  return Object.fromEntries(ids.map((id) => [TITLES[id], () => backendOf(id)]));
}
