import type { ExecutionBackend } from '../backend/contract.ts';
import type { ConformanceCase } from './cases.ts';
import { aggregateCases } from './conformance/aggregate-cases.ts';
import { driverCases } from './conformance/driver-cases.ts';
import { failureCases } from './conformance/failure-cases.ts';
import { joinCases } from './conformance/join-cases.ts';
import { movedStateCases } from './conformance/moved-state-cases.ts';
import { onErrorCases } from './conformance/on-error-cases.ts';
import { operatorCases } from './conformance/operator-cases.ts';
import { retryCases } from './conformance/retry-cases.ts';
import { shuffleCases } from './conformance/shuffle-cases.ts';
import { skewCases } from './conformance/skew-cases.ts';
import { stateCases } from './conformance/state-cases.ts';
import { storedStateCases } from './conformance/stored-state-cases.ts';
import { sweepCases } from './conformance/sweep-cases.ts';
import { waitingCases } from './conformance/waiting-cases.ts';

/**
 * The suite that every backend passes: all operators with 0, 1 and 3 input partitions give what they give in the calling
 * thread, in the same order; failures, retries, actions, broadcasts and accumulators do what is promised; nothing grows.
 *
 * @param makeBackend makes a fresh backend; each case stops its own
 * @example
 * ```ts
 * import { describe, it } from 'vitest';
 * import { backendConformance, registerCases } from '@millrace/core/testing';
 * registerCases('my backend', backendConformance(() => myBackend()), { describe, it });
 * ```
 */
export function backendConformance(makeBackend: () => ExecutionBackend): ConformanceCase[] {
  return [
    ...operatorCases(makeBackend),
    ...failureCases(makeBackend),
    ...retryCases(makeBackend),
    ...driverCases(makeBackend),
    ...onErrorCases(makeBackend),
    ...waitingCases(makeBackend),
    ...shuffleCases(makeBackend),
    ...skewCases(makeBackend),
    ...aggregateCases(makeBackend),
    ...joinCases(makeBackend),
    ...stateCases(makeBackend),
    ...movedStateCases(makeBackend),
    ...storedStateCases(makeBackend),
    ...sweepCases(makeBackend),
  ];
}
