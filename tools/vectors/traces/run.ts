import { isErrorRow } from '../calls/run.ts';
import { checkError, checkSame, VectorFailure } from '../check.ts';
import type { Vector } from '../format.ts';
import { contextMachines } from './context.ts';
import type { Machine, MachineTable, Step } from './machine.ts';
import { receivedBlockMachines } from './received-blocks.ts';
import { receiverMachines } from './receivers.ts';
import { scheduleMachines } from './schedule.ts';
import { stateMachines } from './state.ts';

/** Operations of `trace` vectors that have an adapter. */
export const machines: MachineTable = {
  ...stateMachines,
  ...scheduleMachines,
  ...contextMachines,
  ...receiverMachines,
  ...receivedBlockMachines,
};

/** Steps of a small state machine, each with its value, its error, or nothing to check. */
export async function runTrace(vector: Vector): Promise<void> {
  const machine = machines[vector.operation](vector);
  try {
    await runSteps(vector, machine);
  } finally {
    await machine.close?.();
  }
}

async function runSteps(vector: Vector, machine: Machine): Promise<void> {
  const expected = vector.expected as unknown[];
  for (const [i, step] of (vector.inputs as Step[]).entries()) {
    const what = `step ${i}, ${JSON.stringify(step)}`;
    const wanted = expected[i] as { readonly value: unknown } | { readonly error: string } | null;
    let value: unknown;
    try {
      value = await machine(step);
    } catch (e) {
      if (!isErrorRow(wanted)) throw new VectorFailure(what, wanted ?? 'no error', e);
      checkError(e, wanted.error, what);
      continue;
    }
    if (isErrorRow(wanted)) throw new VectorFailure(what, wanted, value);
    if (wanted !== null) checkSame(value, (wanted as { value: unknown }).value, what);
  }
}
