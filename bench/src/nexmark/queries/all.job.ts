import { defineJob, seconds } from '@millrace/core';
import type { NexmarkParams } from './input.ts';
import q0 from './q0.job.ts';
import q1 from './q1.job.ts';
import q2 from './q2.job.ts';
import q3 from './q3.job.ts';
import q4 from './q4.job.ts';
import q5 from './q5.job.ts';
import q6 from './q6.job.ts';
import q7 from './q7.job.ts';
import q8 from './q8.job.ts';
import q9 from './q9.job.ts';
import q11 from './q11.job.ts';
import q12 from './q12.job.ts';
import q13 from './q13.job.ts';
import q14 from './q14.job.ts';
import q15 from './q15.job.ts';
import q16 from './q16.job.ts';
import q17 from './q17.job.ts';
import q18 from './q18.job.ts';
import q19 from './q19.job.ts';
import q20 from './q20.job.ts';

/** All queries in one job, each with events of its own, which have to be generated: there would be a queue for each. */
export default defineJob({ name: 'nexmark', batchInterval: seconds(1) }, (ssc, params: NexmarkParams) => {
  if (params.generate === undefined) throw new RangeError('The job of all queries needs the param generate.');
  return {
    q0: q0.build(ssc, params).output,
    q1: q1.build(ssc, params).output,
    q2: q2.build(ssc, params).output,
    q3: q3.build(ssc, params).output,
    q4: q4.build(ssc, params).output,
    q5: q5.build(ssc, params).output,
    q6: q6.build(ssc, params).output,
    q7: q7.build(ssc, params).output,
    q8: q8.build(ssc, params).output,
    q9: q9.build(ssc, params).output,
    q11: q11.build(ssc, params).output,
    q12: q12.build(ssc, params).output,
    q13: q13.build(ssc, params).output,
    q14: q14.build(ssc, params).output,
    q15: q15.build(ssc, params).output,
    q16: q16.build(ssc, params).output,
    q17: q17.build(ssc, params).output,
    q18: q18.build(ssc, params).output,
    q19: q19.build(ssc, params).output,
    q20: q20.build(ssc, params).output,
  };
});
