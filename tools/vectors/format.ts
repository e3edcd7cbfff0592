/*
 * The format of vector files; `data/README.md` of the specification in words.
 */

/** What an operation must fail with. */
export interface ExpectedError {
  readonly phase: 'construction' | 'jobGeneration' | 'task' | 'call';
  /** Index of the batch. */
  readonly atBatch?: number;
  /** Spark's name of the class. */
  readonly class?: string;
  readonly messageContains?: string;
  /** Whether later batches are output. */
  readonly continues?: boolean;
}

/** A further input of a stage. */
export interface OtherStream {
  readonly source: string;
  readonly pipeline: readonly Stage[];
}

/** One operator of a pipeline; functions are JavaScript expressions. */
export interface Stage {
  readonly op: string;
  readonly fn?: string;
  readonly invFn?: string;
  readonly filterFn?: string;
  readonly createFn?: string;
  readonly mergeValueFn?: string;
  readonly mergeCombinersFn?: string;
  readonly fnKind?: string;
  readonly windowMs?: number;
  readonly slideMs?: number;
  readonly numPartitions?: number;
  readonly timeoutMs?: number;
  readonly checkpointIntervalMs?: number;
  readonly initialState?: readonly (readonly [unknown, unknown])[];
  readonly rememberPartitioner?: boolean;
  readonly output?: string;
  readonly other?: OtherStream;
  readonly others?: readonly OtherStream[];
}

/** One vector. What `inputs` and `expected` hold depends on the kind. */
export interface Vector {
  readonly id: string;
  readonly suite: string;
  readonly kind: string;
  readonly operation: string;
  readonly description?: string;
  readonly batchDurationMs: number | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly unknown[];
  readonly inputs2?: readonly unknown[];
  readonly inputs3?: readonly unknown[];
  readonly expected: unknown;
  readonly unordered?: boolean;
  readonly unorderedValues?: boolean;
  readonly pipeline?: readonly Stage[];
  readonly numBatches?: number;
  readonly expectedBatchTimesMs?: readonly number[];
  readonly expectedState?: readonly unknown[];
  readonly expectedError?: ExpectedError;
  readonly fn?: string;
  readonly stateful?: boolean;
  readonly check?: 'bounds' | 'approx';
  readonly quirk?: string;
}

/** Which part of the work makes a vector pass, or why it does not apply. */
export interface PartRules {
  readonly default: number;
  readonly byId: Readonly<Record<string, number | string>>;
  readonly byKind: Readonly<Record<string, number | string>>;
  readonly recovery: number;
  readonly bySuite: Readonly<Record<string, number | string>>;
}

/** The part of a vector by the first rule that matches; a text says why the vector does not apply. */
export function partOf(vector: Vector, rules: PartRules): number | string {
  const byId = rules.byId[vector.id];
  if (byId !== undefined) return byId;
  const byKind = rules.byKind[vector.kind];
  if (byKind !== undefined) return byKind;
  if ('recovery' in vector.params) return rules.recovery;
  return rules.bySuite[vector.suite] ?? rules.default;
}
