import type { Block } from '@millrace/core';
import { encodeBroadcast, type JobDescriptor, type Program, sealRecords } from '@millrace/core/backend';

/** How many programs are numbered before all are forgotten and sent again. */
const PROGRAMS_KEPT = 4096;

/** Numbers for programs, so that each is sent to a worker once. */
export class ProgramNumbers {
  /** Grows when all numbers were given up. */
  generation = 0;
  #numbers = new WeakMap<Program, number>();
  #next = 0;

  numberOf(program: Program): number {
    let number = this.#numbers.get(program);
    if (number === undefined) {
      if (this.#next === PROGRAMS_KEPT) {
        this.#numbers = new WeakMap();
        this.#next = 0;
        this.generation += 1;
      }
      number = this.#next++;
      this.#numbers.set(program, number);
    }
    return number;
  }
}

/** Encoded broadcast values: once for all workers, by name and version. */
export class BroadcastStore {
  readonly #job: JobDescriptor;
  readonly #encoded = new Map<string, { readonly version: number; readonly bytes: Uint8Array }>();

  constructor(job: JobDescriptor) {
    this.#job = job;
  }

  /** Values that a worker needs for these versions and was not sent; books them as sent. */
  unsent(
    versions: ReadonlyMap<string, number>,
    sent: Set<string>,
  ): { name: string; version: number; bytes: Uint8Array }[] {
    const out: { name: string; version: number; bytes: Uint8Array }[] = [];
    for (const [name, version] of versions) {
      const id = `${name}@${version}`;
      if (sent.has(id)) continue;
      for (const old of sent)
        if (old.startsWith(`${name}@`) && Number(old.slice(name.length + 1)) < version - 8) sent.delete(old);
      sent.add(id);
      out.push({ name, version, bytes: this.#bytes(name, version) });
    }
    return out;
  }

  #bytes(name: string, version: number): Uint8Array {
    const known = this.#encoded.get(name);
    if (known?.version === version) return known.bytes;
    const bytes = encodeBroadcast(name, this.#job.broadcast(name, version));
    this.#encoded.set(name, { version, bytes });
    return bytes;
  }
}

/** Records of the driver's heap as one block, for a worker. */
export function sealLive(records: readonly unknown[], where: string): readonly Block[] {
  return records.length === 0 ? [] : [sealRecords(records, where)];
}
