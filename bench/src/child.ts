import type { ChildMessage, ChildRequest } from './harness/isolate.ts';
import { suites } from './suites/index.ts';

/** The process of one suite: started by `runIsolated`. */
const request = JSON.parse(process.argv[2] ?? '{}') as ChildRequest;
const tell = (message: ChildMessage, then = () => {}) => process.send?.(message, then);

try {
  const suite = suites.find((s) => s.id === request.suite);
  if (suite === undefined) throw new Error(`there is no suite ${request.suite}`);
  const { quick, runs } = request;
  const result = await suite.run({ quick, runs, progress: (done, doing) => tell({ kind: 'progress', done, doing }) });
  tell({ kind: 'result', result }, () => process.disconnect());
} catch (e) {
  tell({ kind: 'failure', message: e instanceof Error ? (e.stack ?? e.message) : String(e) }, () => process.exit(1));
}
