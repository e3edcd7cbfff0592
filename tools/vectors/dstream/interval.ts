/**
 * The batch interval of the vector that the driver is about to load. Workers read it from the address of their module;
 * so does the driver, except under vitest, which drops the query from `import.meta.url`.
 */
export const nextInterval = { ms: 1000 };

/** The interval that a module's address asks for. */
export function intervalOf(url: string): number {
  return Number(new URL(url).searchParams.get('batchMs') ?? nextInterval.ms);
}
