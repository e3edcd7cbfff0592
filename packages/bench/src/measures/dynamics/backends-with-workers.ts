import type { Backends } from '../../harness/contenders.ts';

/** Those backends whose tasks run in workers of their own. @throws Error where there are none */
export async function backendsWithWorkers(backends: Backends): Promise<[string, Backends[string]][]> {
  const found: [string, Backends[string]][] = [];
  for (const [name, backend] of Object.entries(backends)) {
    const instance = backend();
    if (!instance.sharesMemory) found.push([name, backend]);
    await instance.stop();
  }
  if (found.length > 0) return found;
  const names = Object.keys(backends).join(', ');
  throw new Error(`none of the backends (${names}) has workers: add one that has, such as threads({ workers: 2 })`);
}
