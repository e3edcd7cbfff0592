/*
 * For writers of targets: the suite that a target passes, and a target in memory. Needs no test runner to be imported.
 */
export { MemoryTarget } from './memory-target.ts';
export { type TargetUnderTest, transactionalTargetConformance } from './target-conformance.ts';
