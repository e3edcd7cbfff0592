/*
 * The test kit: a clock that a test moves, sources with given batches, and the suites that backends and sources pass.
 * Needs no test runner to be imported.
 */
export { backendConformance } from './backend-conformance.ts';
export { type ConformanceCase, registerCases, type TestRunner } from './cases.ts';
export { checkpointStoreConformance, type StoreUnderTest } from './checkpoint-store-conformance.ts';
export { assertSameBatches, type CompareOptions, OutputMismatch, sameBatch } from './compare-batches.ts';
export { type FaultyStore, faultyStore, type StoreFault, storeFaultOf } from './faulty-store.ts';
export { inlineBackend } from './inline-backend.ts';
export { ManualClock } from './manual-clock.ts';
export { type BatchOutput, collectOutputs, runBatches } from './run-batches.ts';
export { type SourceUnderTest, sourceConformance } from './source-conformance.ts';
export { type InputBatches, type RunOptions, runOperation, type TestOptions, testOperation } from './test-operation.ts';
export { TestSource, type TestSourceOptions } from './test-source.ts';
