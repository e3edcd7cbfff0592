import { codecOf } from '../data/codec.ts';

/** A broadcast value as bytes in shared memory: encoded once, read by every worker. */
export function encodeBroadcast(name: string, value: unknown): Uint8Array {
  return codecOf('msgpack').encode([value], `broadcast ${name}`, { shared: true });
}

/** The value of such bytes. */
export function decodeBroadcast(bytes: Uint8Array): unknown {
  return codecOf('msgpack').decode(bytes)[0];
}

/** How many versions of one variable a worker keeps: the batches in flight and some that come late. */
const VERSIONS_KEPT = 8;

/** The broadcast values that a worker has, by name and version. */
export class BroadcastCache {
  readonly #values = new Map<string, Map<number, unknown>>();

  set(name: string, version: number, value: unknown): void {
    let versions = this.#values.get(name);
    if (versions === undefined) {
      versions = new Map();
      this.#values.set(name, versions);
    }
    versions.set(version, value);
    if (versions.size > VERSIONS_KEPT) versions.delete(versions.keys().next().value as number);
  }

  get(name: string, version: number): unknown {
    return this.#values.get(name)?.get(version);
  }
}
