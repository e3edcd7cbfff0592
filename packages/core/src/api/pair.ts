/** A key and a value. Pair operators take streams of these; results are `[K, V]`. */
export type Pair<K, V> = readonly [key: K, value: V];
