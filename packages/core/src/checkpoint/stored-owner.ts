import { OWNER_KEY } from './lmdb-keys.ts';
import { LmdbSnapshot } from './lmdb-snapshot.ts';
import { type Owner, readOwner } from './owner.ts';

/** How often it is looked again when the owner writes meanwhile. */
const ATTEMPTS = 5;

/** Who has a store open, by its file alone; null if that cannot be told: it is being opened, or closed. */
export function storedOwner(path: string): Owner | null {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const snapshot = new LmdbSnapshot(path);
      try {
        const value = snapshot.get(OWNER_KEY);
        return value === undefined ? null : readOwner(value.read(0, value.size).toString());
      } finally {
        snapshot.close();
      }
    } catch {
      // The next moment may show it. It is for a message, and whoever has the lock has it.
    }
  }
  return null;
}
