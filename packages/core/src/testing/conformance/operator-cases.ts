import type { ExecutionBackend } from '../../backend/contract.ts';
import type { ConformanceCase } from '../cases.ts';
import { inlineBackend } from '../inline-backend.ts';
import { same } from './expect.ts';
import { operatorGroups } from './operators.ts';
import { run } from './run-job.ts';

/** Input partitions, and partitions of key operations, that every operator is run with. */
const LAYOUTS = [
  { numInputPartitions: 1, defaultParallelism: 1 },
  { numInputPartitions: 3, defaultParallelism: 3 },
  { numInputPartitions: 0, defaultParallelism: 2 },
];

/**
 * Every operator gives what it gives in the calling thread: records, their order, partition counts, batch times. The
 * cases of a group share a backend, since starting threads takes longer than running them.
 */
export function operatorCases(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  return Object.entries(operatorGroups).flatMap(([group, operators]) =>
    LAYOUTS.map((layout) => ({
      name: `${group} with ${layout.numInputPartitions} input partitions`,
      run: async () => {
        const backend = makeBackend();
        const failures: string[] = [];
        try {
          for (const operator of Object.keys(operators)) {
            const failure = await compare(backend, group, operator, layout);
            if (failure !== null) failures.push(`${operator}: ${failure}`);
          }
        } finally {
          await backend.stop();
        }
        if (failures.length > 0) throw new Error(failures.join('\n'));
      },
    })),
  );
}

async function compare(
  backend: ExecutionBackend,
  group: string,
  operator: string,
  { numInputPartitions, defaultParallelism }: (typeof LAYOUTS)[number],
): Promise<string | null> {
  try {
    const params = { group, operator, numInputPartitions };
    const reference = await run(inlineBackend(), params, { defaultParallelism });
    if (reference.failure !== null) throw reference.failure;
    same(reference.outputs.length > 0, true, 'there is no output');
    const actual = await run(backend, params, { defaultParallelism });
    if (actual.failure !== null) throw actual.failure;
    same(actual.outputs, reference.outputs, `${backend.name} differs from the calling thread`);
    return null;
  } catch (e) {
    return e instanceof Error ? (e.stack ?? e.message) : String(e);
  }
}
