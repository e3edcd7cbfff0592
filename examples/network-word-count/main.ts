/*
 * Spark's quick example: counts the words that somebody types into netcat. In one terminal:
 *
 *     nc -lk 9999
 *
 * and in another, until Ctrl-C:
 *
 *     node --conditions=@millrace/source examples/network-word-count/main.ts --host localhost --port 9999
 *
 * Type `hello world` into the first one, and the second prints something like:
 *
 *     -------------------------------------------
 *     Time: 1772352000000 ms
 *     -------------------------------------------
 *     (hello,1)
 *     (world,1)
 *
 * netcat may be ended and started again: the job connects anew. `millrace run` runs the same job without this program:
 *
 *     npx millrace run examples/network-word-count/job.ts --param port=9999
 */
import { parseArgs } from 'node:util';
import { single } from '@millrace/backend-single';
import { loadJob } from '@millrace/core';
import type job from './job.ts';

const { values } = parseArgs({
  options: { host: { type: 'string', default: 'localhost' }, port: { type: 'string', default: '9999' } },
});
const params = { host: values.host, port: Number(values.port) };
const { ssc } = await loadJob<typeof job>(new URL('./job.ts', import.meta.url), { backend: single(), params });

// What was received is still counted.
process.once('SIGINT', () => void ssc.stop({ graceful: true }));
await ssc.start();
await ssc.awaitTermination();
