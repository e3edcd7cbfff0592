import { checkError, checkSame, VectorFailure } from '../check.ts';
import { expectedHere } from '../differences.ts';
import type { Vector } from '../format.ts';
import { contextCalls } from './context.ts';
import { fileCalls } from './files.ts';
import { kafkaCalls } from './kafka.ts';
import { receiverCalls } from './receivers.ts';
import { recoveryCalls } from './recovery.ts';
import { sinkCalls } from './sinks.ts';
import { socketCalls } from './sockets.ts';
import { streamCalls } from './streams.ts';
import type { CallTable } from './table.ts';
import { timeCalls } from './time.ts';

/** Operations of `calls` vectors that have an adapter. */
export const calls: CallTable = {
  ...timeCalls,
  ...streamCalls,
  ...contextCalls,
  ...receiverCalls,
  ...sinkCalls,
  ...fileCalls,
  ...socketCalls,
  ...recoveryCalls,
  ...kafkaCalls,
};

/** Rows of arguments and results. */
export async function runCalls(vector: Vector): Promise<void> {
  const make = calls[vector.operation];
  const shared = vector.stateful === true ? make(vector) : null;
  const expected = vector.expected as unknown[];
  for (const [i, args] of (vector.inputs as unknown[][]).entries()) {
    const what = `${vector.operation}(${args.map((a) => JSON.stringify(a)).join(', ')})`;
    const wanted = expectedHere(vector, args, expected[i]);
    const call = shared ?? make(vector);
    let result: unknown;
    try {
      result = await call(...args);
    } catch (e) {
      if (!isErrorRow(wanted)) throw new VectorFailure(what, wanted, e);
      checkError(e, wanted.error, what);
      continue;
    }
    if (isErrorRow(wanted)) throw new VectorFailure(what, wanted, result);
    checkRow(result, wanted, vector.check, what);
  }
}

/** A result or step that is `{ error: class or message }`. */
export function isErrorRow(row: unknown): row is { readonly error: string } {
  return (
    typeof row === 'object' &&
    row !== null &&
    !Array.isArray(row) &&
    typeof (row as { error?: unknown }).error === 'string'
  );
}

function checkRow(result: unknown, wanted: unknown, check: Vector['check'], what: string): void {
  if (check === 'bounds' && Array.isArray(wanted)) {
    const [atLeast, below] = wanted as [number, number];
    if (!((result as number) >= atLeast && (result as number) < below)) throw new VectorFailure(what, wanted, result);
  } else if (check === 'approx' && typeof wanted === 'number') {
    if (!(Math.abs((result as number) - wanted) <= 1e-6 * Math.abs(wanted)))
      throw new VectorFailure(what, wanted, result);
  } else checkSame(result, wanted, what);
}
