import type { Peer } from '../peer.ts';
import { retractedWindow } from '../retracted-window.ts';

/** The incremental views of TanStack DB, sent every word that comes and goes. */
export const dbIvmWords: Peer = {
  id: 'db-ivm-words',
  title: '@tanstack/db-ivm, reduce with retraction',
  start: (shape) => retractedWindow(shape, (changes) => changes),
};
