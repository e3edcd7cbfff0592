import type { ExecutionBackend } from '../../backend/contract.ts';
import type { ConformanceCase } from '../cases.ts';

/** Makes cases that each get a backend of their own, which is stopped after them. */
export function casesOn(
  makeBackend: () => ExecutionBackend,
): (name: string, body: (backend: ExecutionBackend) => Promise<void>) => ConformanceCase {
  return (name, body) => ({
    name,
    run: async () => {
      const backend = makeBackend();
      try {
        await body(backend);
      } finally {
        await backend.stop();
      }
    },
  });
}
