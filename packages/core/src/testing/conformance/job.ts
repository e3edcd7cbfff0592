import { defineJob } from '../../api/job.ts';
import { seconds } from '../../api/time.ts';
import { TestSource } from '../test-source.ts';
import { operatorGroups, type Sample } from './operators.ts';
import { type Scenario, scenarios } from './scenarios.ts';

/** What a job of the suite does. Plain data, because it crosses threads. */
export interface ConformanceParams {
  /** Group and name of the operator, or `scenario` and the name of one. */
  readonly group: string;
  readonly operator: string;
  readonly pairs: readonly (readonly Sample[] | null)[];
  readonly others: readonly (readonly Sample[] | null)[];
  /** Partitions of each input batch. */
  readonly numInputPartitions: number;
  /** Counts that all threads see, where a case needs them. */
  readonly counters?: SharedArrayBuffer;
}

/** The one job module of the backends' suite: workers import it, too. */
export default defineJob(
  { name: 'conformance', batchInterval: seconds(1) },
  (ssc, params: ConformanceParams): Scenario => {
    const { group, operator, numInputPartitions } = params;
    const pairs = new TestSource<Sample>(ssc, params.pairs, { numPartitions: numInputPartitions, name: 'pairs' });
    const others = new TestSource<Sample>(ssc, params.others, { numPartitions: numInputPartitions, name: 'others' });
    const scenario = group === 'scenario' ? scenarios[operator] : undefined;
    if (scenario !== undefined)
      return scenario({ ssc, pairs, others, counters: new Int32Array(params.counters ?? new SharedArrayBuffer(8)) });
    const build = operatorGroups[group]?.[operator];
    if (build === undefined) throw new TypeError(`the suite has no ${group} / ${operator}`);
    return { stream: build({ ssc, pairs, others }) };
  },
);
