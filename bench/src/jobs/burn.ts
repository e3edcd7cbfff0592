/** Work that only costs time: rounds of a xorshift generator, so that nothing can be left out. */
export function burn(seed: number, rounds: number): number {
  let x = seed | 1;
  for (let i = 0; i < rounds; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  return x >>> 0;
}

/** How many rounds take `micros` on this machine now. */
export function roundsFor(micros: number): number {
  const rounds = 200_000;
  let fastest = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < 50; i++) {
    const from = performance.now();
    sum += burn(i, rounds);
    fastest = Math.min(fastest, performance.now() - from);
  }
  // The sum is used, so that the compiler cannot leave the work out; it is never 0.
  return sum === 0 ? rounds : Math.round((rounds * micros) / (fastest * 1000));
}
