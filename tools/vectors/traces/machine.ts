import type { Vector } from '../format.ts';

/** A step of a trace: the operation and its arguments. */
export type Step = { readonly op: string } & Readonly<Record<string, unknown>>;

/** Does a step; gives its value or throws. */
export interface Machine {
  (step: Step): unknown;
  /** Gives back what it has taken, at the end of the trace. */
  close?(): Promise<void>;
}

/** Traces by operation: each makes a fresh machine. */
export type MachineTable = Readonly<Record<string, (vector: Vector) => Machine>>;

/** The error of a step that a machine does not know. */
export function unknownStep(machine: string, { op }: Step): TypeError {
  return new TypeError(`${machine} has no adapter for the step ${op}`);
}
