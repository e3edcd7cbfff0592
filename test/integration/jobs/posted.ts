import { defineJob, milliseconds } from '@millrace/core';
import { httpStream } from '@millrace/sources/http';
import { show } from './show.ts';

/** Numbers that are posted. */
export default defineJob({ name: 'posted', batchInterval: milliseconds(100) }, (ssc, { port }: { port: number }) => {
  const numbers = httpStream<number>(ssc, { port, maxRate: 20_000 });
  show(numbers.map((n) => n * 1));
});
