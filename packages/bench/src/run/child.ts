import type { Bench } from '../define-bench.ts';
import { hearSignsOfLife } from '../harness/sign-of-life.ts';
import type { ChildMessage, ChildRequest } from './isolate.ts';
import { goOn } from './limits.ts';

/* The process of one suite: started by `runIsolated`. */

const request = JSON.parse(process.argv[2] ?? '{}') as ChildRequest;
const tell = (message: ChildMessage, then = () => {}) => process.send?.(message, then);

// A terminal sends Ctrl-C to the whole group: the process that has started this one ends it.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(1));
hearSignsOfLife(() => tell({ kind: 'alive' }));
try {
  const { default: bench } = (await import(request.bench)) as { readonly default: Bench };
  const suite = bench.suites.find(({ id }) => id === request.suite);
  if (suite === undefined) throw new Error(`there is no suite ${request.suite} in ${request.bench}`);
  const result = await suite.run({
    quick: request.quick,
    runs: request.runs,
    goOn: (samples) => goOn(request, samples),
    hasTime: () => request.deadline !== null && Date.now() < request.deadline,
    progress: (done, doing) => tell({ kind: 'progress', done, doing }),
  });
  // Whatever the suite may have left open: its result is there.
  tell({ kind: 'result', result }, () => process.exit());
} catch (e) {
  tell({ kind: 'failure', message: e instanceof Error ? (e.stack ?? e.message) : String(e) }, () => process.exit(1));
}
