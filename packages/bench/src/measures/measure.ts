import type { Backends } from '../harness/contenders.ts';
import type { Suite } from '../suite.ts';
import type { PlainWorkload } from '../workload.ts';

/** What is measured of workloads, such as their throughput. */
export interface Measure {
  /** Behind the workload's id in those of its suites. */
  readonly id: string;
  suiteOf(workload: PlainWorkload, backends: Backends): Suite;
}
