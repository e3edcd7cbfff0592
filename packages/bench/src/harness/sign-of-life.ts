/** So often is often enough. */
const EVERY_MS = 1000;
/** While something else is waited for that tells nothing of itself. */
const WAITING_MS = 10_000;

let hear: (() => void) | null = null;
let told = Number.NEGATIVE_INFINITY;

/** Says to whom signs of life go: in a suite's process, to the one that has started it. Elsewhere nobody hears them. */
export function hearSignsOfLife(listener: (() => void) | null): void {
  hear = listener;
  told = Number.NEGATIVE_INFINITY;
}

/** A batch has ended, or something else that shows that a suite goes on: told at most once a second. */
export function signOfLife(): void {
  if (hear === null) return;
  const now = performance.now();
  if (now - told < EVERY_MS) return;
  told = now;
  hear();
}

/** Waits for what runs by itself and has limits of its own, such as another program: as long as this thread is not busy, that goes on. */
export async function whileWaiting<T>(work: () => T | Promise<T>): Promise<T> {
  const signs = setInterval(signOfLife, WAITING_MS);
  try {
    return await work();
  } finally {
    clearInterval(signs);
  }
}
