/*
 * Runs vectors of the specification against the engine:
 *
 *     npm run vectors -- [--file FILE] [--backend single|threads|both] [--only ID]
 */
import { parseArgs } from 'node:util';
import { reportLines } from './report.ts';
import { type BackendChoice, PUBLIC_FILE, readVectors, runVectors } from './suite.ts';

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    backend: { type: 'string', default: 'both' },
    only: { type: 'string' },
  },
});

if (!['single', 'threads', 'both'].includes(values.backend)) {
  throw new TypeError(`--backend is ${values.backend}; it must be single, threads or both`);
}
const vectors = readVectors(values.file ?? PUBLIC_FILE).filter(
  (v) => values.only === undefined || v.id === values.only,
);
if (vectors.length === 0)
  throw new TypeError(`there is no vector${values.only === undefined ? '' : ` ${values.only}`}`);
const outcomes = await runVectors(vectors, values.backend as BackendChoice);
for (const line of reportLines(outcomes)) console.log(line);
if (outcomes.some((o) => o.result === 'failed')) process.exitCode = 1;
