import type { StateBase } from '../state/saved-state.ts';
import { keys } from './layout.ts';
import type { StoreChange } from './store.ts';

/** The deltas of one partition of a node's state: the first is whole, or begins at nothing. */
interface Chain {
  readonly node: string;
  readonly partition: number;
  /** Times and sizes, oldest first. */
  parts: { readonly time: number; readonly bytes: number }[];
}

/** Deltas become one when there are at least so many of them ... */
const MIN_PARTS = 8;
/** ... or, whatever they weigh, when there are so many. */
const MAX_PARTS = 512;
/**
 * How many times as much as the first one the others may weigh before they become one. RocksDB's universal compaction allows as much by
 * default (`max_size_amplification_percent` of 200): a byte of changes is then written one and a half times, and what is stored is three times the state at most.
 */
const MOST_BEHIND = 2;

/** @param wanted how many behind the first make them due; null: their weight does */
function isDue(parts: Chain['parts'], wanted: number | null): boolean {
  if (wanted !== null) return parts.length > Math.min(wanted, MAX_PARTS);
  if (parts.length < MIN_PARTS) return false;
  let behind = 0;
  for (let i = 1; i < parts.length; i++) behind += parts[i].bytes;
  return behind >= MOST_BEHIND * parts[0].bytes || parts.length >= MAX_PARTS;
}

/** A base that is to take the place of the beginning of a chain. */
export interface PlacedBase extends StateBase {
  readonly node: string;
  readonly partition: number;
}

/**
 * Which deltas of which partition of state there are. When those behind the first have come to weigh twice as much as it, they
 * are due to become one: what is written in all is then at most a small multiple of what was changed.
 */
export class StateChains {
  readonly #chains = new Map<string, Chain>();
  /** Those that are due, the longest due first. */
  readonly #due = new Set<Chain>();
  readonly #partsOf: (node: string) => number | null;

  /** @param partsOf how many deltas of a node become one; null: whatever they weigh decides */
  constructor(partsOf: (node: string) => number | null = () => null) {
    this.#partsOf = partsOf;
  }

  add(node: string, partition: number, time: number, bytes: number): void {
    const id = `${node}/${partition}`;
    let chain = this.#chains.get(id);
    if (chain === undefined) {
      chain = { node, partition, parts: [] };
      this.#chains.set(id, chain);
    }
    chain.parts.push({ time, bytes });
    if (!this.#due.has(chain)) this.#look(chain);
  }

  has(node: string, partition: number): boolean {
    return this.#chains.has(`${node}/${partition}`);
  }

  /** Partitions of a node whose deltas are to become one, the longest due first. They are due until they have a base. */
  due(node: string): number[] {
    return [...this.#due].filter((chain) => chain.node === node).map(({ partition }) => partition);
  }

  /** A base takes the place of all deltas up to its time: the changes that make it so. */
  begin({ node, partition, time, bytes }: PlacedBase): StoreChange[] {
    const chain = this.#chains.get(`${node}/${partition}`) as Chain;
    const gone = chain.parts.filter((p) => p.time < time);
    chain.parts = [{ time, bytes: bytes.length }, ...chain.parts.filter((p) => p.time > time)];
    this.#due.delete(chain);
    this.#look(chain);
    return [
      ...gone.map((p): StoreChange => ({ kind: 'delete', key: keys.state(node, partition, p.time) })),
      { kind: 'put', key: keys.state(node, partition, time), value: bytes },
    ];
  }

  #look(chain: Chain): void {
    if (isDue(chain.parts, this.#partsOf(chain.node))) this.#due.add(chain);
  }
}
