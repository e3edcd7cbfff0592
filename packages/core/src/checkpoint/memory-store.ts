import type { CheckpointStore, StoreKey } from './store.ts';

function compare(a: StoreKey, b: StoreKey): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i], b[i]];
    if (x === y) continue;
    if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

export function memoryStore(): CheckpointStore {
  const map = new Map<string, { key: StoreKey; value: Uint8Array }>();
  const under = (prefix: StoreKey, key: StoreKey) => prefix.every((p, i) => key[i] === p);
  return {
    async open() {},
    get: (key) => map.get(JSON.stringify(key))?.value,
    entries(prefix, { reverse = false, limit = Number.POSITIVE_INFINITY } = {}) {
      const all = [...map.values()].filter((e) => under(prefix, e.key)).sort((a, b) => compare(a.key, b.key));
      if (reverse) all.reverse();
      return all.slice(0, limit);
    },
    async write(changes) {
      for (const c of changes) {
        if (c.kind === 'put') map.set(JSON.stringify(c.key), { key: c.key, value: c.value.slice() });
        else if (c.kind === 'delete') map.delete(JSON.stringify(c.key));
        else for (const [id, { key }] of map) if (under(c.prefix, key)) map.delete(id);
      }
    },
    stats: () => ({ bytes: 0, entries: map.size }),
    async close() {},
  };
}
