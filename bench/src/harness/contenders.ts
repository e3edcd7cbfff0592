import { single } from '@millrace/backend-single';
import { threads } from '@millrace/backend-threads';
import type { ExecutionBackend } from '@millrace/core';

/** What the same work is run on. */
export type ContenderId = 'loop' | EngineId | `${EngineId}+checkpoint`;

/** The engine's contenders. */
export type EngineId = 'single' | 'serialize' | 'threads1' | 'threads2';

/** All of the engine's, in the order of the reports. */
export const ENGINES: readonly EngineId[] = ['single', 'serialize', 'threads1', 'threads2'];

/** Names as reports show them. */
export const CONTENDER_TITLES: Readonly<Record<ContenderId, string>> = {
  loop: 'hand-written loop',
  single: 'single',
  serialize: 'single, serialized',
  threads1: 'threads(1)',
  threads2: 'threads(2)',
  'single+checkpoint': 'single, checkpoint on',
  'serialize+checkpoint': 'single, serialized, checkpoint on',
  'threads1+checkpoint': 'threads(1), checkpoint on',
  'threads2+checkpoint': 'threads(2), checkpoint on',
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
