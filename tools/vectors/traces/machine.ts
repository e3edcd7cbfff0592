import type { Vector } from '../format.ts';

/** A step of a trace: the operation and its arguments. */
export type Step = { readonly op: string } & Readonly<Record<string, unknown>>;

/** Does a step; gives its value or throws. */
export type Machine = (step: Step) => unknown;

/** Traces by operation: each makes a fresh machine. */
export type MachineTable = Readonly<Record<string, (vector: Vector) => Machine>>;

/** The error of a step that a machine does not know. */
export function unknownStep(machine: string, { op }: Step): TypeError {
  return new TypeError(`${machine} has no adapter for the step ${op}`);
}
