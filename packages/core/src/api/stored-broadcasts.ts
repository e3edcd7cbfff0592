import { decodeBroadcast, encodeBroadcast } from '../backend/broadcast-cache.ts';
import { keys } from '../checkpoint/layout.ts';
import type { CheckpointStore, StoreKey } from '../checkpoint/store.ts';
import { isMillraceError } from '../errors/index.ts';
import type { BroadcastRegistry } from './broadcast.ts';

/** Versions of variables that a batch sees, as its record has them. */
export type SavedVersions = readonly (readonly [name: string, version: number])[];

/**
 * Broadcast variables in a checkpoint: a version is stored with the first batch that sees it, and stays for as long as a batch
 * may need it. After a restart batches see what they would have seen, and the last version is the current one: thunks do not
 * run again.
 */
export class StoredBroadcasts {
  readonly #registry: BroadcastRegistry;
  readonly #warn: (message: string) => void;
  /** The newest version of each that is stored; null: its value cannot be. */
  readonly #stored = new Map<string, number | null>();

  constructor(registry: BroadcastRegistry, warn: (message: string) => void) {
    this.#registry = registry;
    this.#warn = warn;
  }

  /**
   * What has to be stored with a batch that sees these versions.
   * @returns entries, and keys that nobody needs when the batches before this one are over
   */
  planned(versions: ReadonlyMap<string, number>): {
    readonly entries: { readonly key: StoreKey; readonly value: Uint8Array }[];
    readonly gone: StoreKey[];
  } {
    const entries: { key: StoreKey; value: Uint8Array }[] = [];
    const gone: StoreKey[] = [];
    for (const [name, version] of versions) {
      const before = this.#stored.get(name);
      if (before === null || before === version) continue;
      const value = this.#encoded(name, version);
      if (value !== null) entries.push({ key: keys.broadcast(name, version), value });
      if (before !== undefined) gone.push(keys.broadcast(name, before));
      this.#stored.set(name, value === null ? null : version);
    }
    return { entries, gone };
  }

  /**
   * Gives variables the values that the run before has left.
   * @returns keys that nobody needs when the batches of that run are forgotten
   */
  restore(store: CheckpointStore): StoreKey[] {
    const newest = new Map<string, number>();
    for (const { key } of store.entries(['broadcast'])) newest.set(key[1] as string, key[2] as number);
    const gone: StoreKey[] = [];
    for (const { key, value } of store.entries(['broadcast'])) {
      const [, name, version] = key as [string, string, number];
      if (version !== newest.get(name)) gone.push(key);
      this.#registry.restore(name, version, decodeBroadcast(value));
    }
    for (const [name, version] of newest) this.#stored.set(name, version);
    return gone;
  }

  #encoded(name: string, version: number): Uint8Array | null {
    try {
      return encodeBroadcast(name, this.#registry.value(name, version));
    } catch (e) {
      if (!isMillraceError(e, 'MR_NOT_ENCODABLE')) throw e;
      this.#warn(
        `The broadcast variable ${name} cannot be stored in the checkpoint; after a restart it is made anew, also for batches that had another value. ${e.message}`,
      );
      return null;
    }
  }
}
