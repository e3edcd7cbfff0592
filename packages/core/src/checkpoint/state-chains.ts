import { keys } from './layout.ts';
import type { StoreChange } from './store.ts';

/** The deltas of one partition of a node's state: the first is whole, or begins at nothing. */
interface Chain {
  readonly node: string;
  readonly partition: number;
  /** Times and sizes, oldest first. */
  readonly parts: { readonly time: number; readonly bytes: number }[];
  /** Deltas of it are being put together. */
  merging: boolean;
}

/** A delta is put together with the others when there are at least so many of them ... */
const MIN_PARTS = 8;
/** ... or, whatever they weigh, when there are so many. */
const MAX_PARTS = 512;

/** @param wanted how many behind the first make them due; null: their weight does */
function isDue(parts: Chain['parts'], wanted: number | null): boolean {
  if (wanted !== null) return parts.length > Math.min(wanted, MAX_PARTS);
  if (parts.length < MIN_PARTS) return false;
  let behind = 0;
  for (let i = 1; i < parts.length; i++) behind += parts[i].bytes;
  return behind >= parts[0].bytes || parts.length >= MAX_PARTS;
}

/**
 * Which deltas of which partition of state there are. When those behind the first have come to weigh as much as it, they
 * are due to become one: what is written in all is then at most a small multiple of what was changed.
 */
export class StateChains {
  readonly #chains = new Map<string, Chain>();
  readonly #partsOf: (node: string) => number | null;

  /** @param partsOf how many deltas of a node become one; null: whatever they weigh decides */
  constructor(partsOf: (node: string) => number | null = () => null) {
    this.#partsOf = partsOf;
  }

  add(node: string, partition: number, time: number, bytes: number): void {
    const id = `${node}/${partition}`;
    let chain = this.#chains.get(id);
    if (chain === undefined) {
      chain = { node, partition, parts: [], merging: false };
      this.#chains.set(id, chain);
    }
    chain.parts.push({ time, bytes });
  }

  has(node: string, partition: number): boolean {
    return this.#chains.has(`${node}/${partition}`);
  }

  /** A chain that was taken did not become one delta; it is due again. */
  giveBack(node: string, partition: number): void {
    const chain = this.#chains.get(`${node}/${partition}`);
    if (chain !== undefined) chain.merging = false;
  }

  /** A chain that is due, marked as taken; null if there is none. */
  takeDue(): { readonly node: string; readonly partition: number; readonly times: readonly number[] } | null {
    for (const chain of this.#chains.values()) {
      const { parts, merging, node, partition } = chain;
      if (merging || !isDue(parts, this.#partsOf(node))) continue;
      chain.merging = true;
      return { node, partition, times: parts.map((p) => p.time) };
    }
    return null;
  }

  /** The changes that put one delta in the place of the first `count`. */
  merged(node: string, partition: number, count: number, bytes: Uint8Array): StoreChange[] {
    const chain = this.#chains.get(`${node}/${partition}`) as Chain;
    const gone = chain.parts.splice(0, count);
    const { time } = gone[count - 1];
    chain.parts.unshift({ time, bytes: bytes.length });
    chain.merging = false;
    return [
      ...gone.slice(0, -1).map((p): StoreChange => ({ kind: 'delete', key: keys.state(node, partition, p.time) })),
      { kind: 'put', key: keys.state(node, partition, time), value: bytes },
    ];
  }

  /** How many deltas there are in all. */
  get size(): number {
    let size = 0;
    for (const { parts } of this.#chains.values()) size += parts.length;
    return size;
  }
}
