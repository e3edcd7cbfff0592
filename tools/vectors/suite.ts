import { readFileSync } from 'node:fs';
import { single } from '../../packages/backend-single/src/index.ts';
import { threads } from '../../packages/backend-threads/src/index.ts';
import type { ExecutionBackend } from '../../packages/core/src/index.ts';
import { adapterFor, backendAdapterFor } from './adapters.ts';
import { type PartRules, partOf, type Vector } from './format.ts';
import { reasonNotHere } from './not-here.ts';

/** Vectors of later parts are not run yet. */
const CURRENT_PART = 4;

/** Which backends vectors run on whose kind is run on backends. The other kinds do not depend on one and run once. */
export type BackendChoice = 'single' | 'threads' | 'both';

/** How one vector went, on one backend. */
export interface Outcome {
  readonly vector: Vector;
  /** Null for kinds that run on none. */
  readonly backend: string | null;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or what differs. */
  readonly detail: string;
}

const rules = JSON.parse(readFileSync(new URL('./data/vectors.parts.json', import.meta.url), 'utf8')) as PartRules;

/** The public vectors of the specification. */
export const PUBLIC_FILE = new URL('./data/vectors.json', import.meta.url);

/** Reads a vector file. @throws if it is no array of vectors */
export function readVectors(file: URL | string): Vector[] {
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as unknown;
  if (!Array.isArray(vectors)) throw new TypeError(`${file} is no array of vectors`);
  return vectors.map((v: Vector) => ({ ...v, params: v.params ?? {}, inputs: v.inputs ?? [] }));
}

/** Why a vector is not run, null if it is. */
export function reasonToSkip(vector: Vector): string | null {
  const part = partOf(vector, rules);
  if (typeof part === 'string') return `does not apply: ${part}`;
  const notHere = reasonNotHere(vector);
  if (notHere !== null) return `does not apply: ${notHere}`;
  if (part > CURRENT_PART) return `part ${part}`;
  if (backendAdapterFor(vector) === null && adapterFor(vector) === null)
    return `no adapter for ${vector.kind} / ${vector.operation}`;
  return null;
}

/** Runs vectors one after the other. A backend is shared by all vectors, since a vector takes less time than a thread's start. */
export async function runVectors(vectors: readonly Vector[], choice: BackendChoice): Promise<Outcome[]> {
  const backends: ExecutionBackend[] = [];
  if (choice !== 'threads') backends.push(single());
  if (choice !== 'single') backends.push(threads({ workers: 2 }));
  const outcomes: Outcome[] = [];
  try {
    for (const vector of vectors) {
      const reason = reasonToSkip(vector);
      const runOn = backendAdapterFor(vector);
      if (reason !== null) outcomes.push({ vector, backend: null, result: 'skipped', detail: reason });
      else if (runOn !== null) {
        for (const backend of backends)
          outcomes.push(await outcomeOf(vector, backend.name, () => runOn(vector, backend)));
      } else
        outcomes.push(
          await outcomeOf(vector, null, () => (adapterFor(vector) as (v: Vector) => Promise<void>)(vector)),
        );
    }
  } finally {
    for (const backend of backends) await backend.stop();
  }
  return outcomes;
}

async function outcomeOf(vector: Vector, backend: string | null, run: () => Promise<void>): Promise<Outcome> {
  try {
    await run();
    return { vector, backend, result: 'passed', detail: '' };
  } catch (e) {
    const detail = e instanceof Error ? (e.name === 'VectorFailure' ? e.message : (e.stack ?? e.message)) : String(e);
    return { vector, backend, result: 'failed', detail };
  }
}
