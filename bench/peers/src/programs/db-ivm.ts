import type { Peer } from '../peer.ts';
import { retractedWindow } from '../retracted-window.ts';

/** The incremental views of TanStack DB, sent what the library's own `consolidate` leaves of a batch: each word once. */
export const dbIvm: Peer = {
  id: 'db-ivm',
  title: '@tanstack/db-ivm, consolidate and reduce with retraction',
  start: (shape) => retractedWindow(shape, (changes) => changes.consolidate()),
};
