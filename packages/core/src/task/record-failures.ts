import { msgpackCodec } from '../data/codec.ts';
import { describe, error, isMillraceError } from '../errors/index.ts';
import { activeTask } from './context.ts';

/** What becomes of a record whose function throws, as programs carry it: plain data. */
export interface RecordErrors {
  /** How many records of a partition become dead letters before the batch fails; null: they are dropped and counted. */
  readonly letters: number | null;
}

/** A record that failed, as the task hands it to the driver. */
export interface RawLetter {
  /** The record by the codec `msgpack`; null if it cannot be encoded. */
  readonly bytes: Uint8Array | null;
  /** The record in words, where there are no bytes. */
  readonly text: string;
  readonly error: {
    readonly name: string;
    readonly message: string;
    readonly stack: string;
    readonly code: string | null;
  };
  readonly partition: number;
  readonly index: number;
}

/** The failures of one operator in one attempt at a task. */
export interface RecordFailures {
  readonly operator: string;
  count: number;
  /** Empty where records are dropped. */
  readonly letters: RawLetter[];
  readonly kept: boolean;
}

/** Under this name failures travel with what the attempt added to accumulators: they count exactly when these do. */
export const FAILURES = '!failures';

/** Errors of the program, not of a record: they come with every record, and dropping all of them would hide it. */
const OF_THE_PROGRAM: readonly string[] = ['MR_ASYNC_FUNCTION', 'MR_BROADCAST_OUTSIDE'];

/**
 * Books a record that failed. @throws `e` itself where it is no failure of one record; MR_DEAD_LETTERS past the bound
 */
export function recordFailed(errors: RecordErrors, record: unknown, e: unknown, operator: string): void {
  const task = activeTask();
  if (task === null || (isMillraceError(e) && OF_THE_PROGRAM.includes(e.code))) throw e;
  let all = task.accumulated.get(FAILURES) as RecordFailures[] | undefined;
  if (all === undefined) {
    all = [];
    task.accumulated.set(FAILURES, all);
  }
  const { letters: limit } = errors;
  let mine = all.find((f) => f.operator === operator);
  if (mine === undefined) {
    mine = { operator, count: 0, letters: [], kept: limit !== null };
    all.push(mine);
  }
  const index = mine.count++;
  if (limit === null) return;
  if (index >= limit) throw error('MR_DEAD_LETTERS', { operator, limit, partition: task.partition }, { cause: e });
  mine.letters.push({ ...encoded(record, operator), error: errorOf(e), partition: task.partition, index });
}

function encoded(record: unknown, operator: string): Pick<RawLetter, 'bytes' | 'text'> {
  try {
    return { bytes: msgpackCodec.encode([record], operator), text: '' };
  } catch {
    return { bytes: null, text: describe(record) };
  }
}

/** User code may throw anything, also what cannot be shown. */
function errorOf(e: unknown): RawLetter['error'] {
  if (!(e instanceof Error)) return { name: '', message: describe(e), stack: '', code: null };
  const { code } = e as { code?: unknown };
  return {
    name: String(e.name),
    message: String(e.message),
    stack: String(e.stack ?? ''),
    code: typeof code === 'string' ? code : null,
  };
}
