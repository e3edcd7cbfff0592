import type { BatchInfo } from '@millrace/core';

/** The intake of all inputs of a batch together; null where no input says anything of it. */
export interface FlowTotals {
  /** The sum over the inputs that have a limit; null if none has. */
  readonly rateLimit: number | null;
  readonly waitingRecords: number;
  readonly refused: number;
  readonly dropped: number;
}

/** Adds up what the inputs of a batch say of their intake. */
export function flowTotals(batch: BatchInfo): FlowTotals | null {
  const flows = [...batch.streamIdToInputInfo.values()].flatMap(({ flow }) => (flow === undefined ? [] : [flow]));
  if (flows.length === 0) return null;
  const limits = flows.flatMap(({ rateLimit }) => (rateLimit === null ? [] : [rateLimit]));
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return {
    rateLimit: limits.length === 0 ? null : sum(limits),
    waitingRecords: sum(flows.map((f) => f.waitingRecords)),
    refused: sum(flows.map((f) => f.refused)),
    dropped: sum(flows.map((f) => f.dropped)),
  };
}
