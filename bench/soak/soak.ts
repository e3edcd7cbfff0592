import { parseArgs } from 'node:util';
import { capacity, Scene, sleep } from './scene.ts';
import { machine, Table } from './table.ts';

/*
 * `npm run soak`: a job with a window and state at 80 % of what it can take, for minutes. Memory has to be flat and every line counted.
 * Exit code 1 if not.
 */

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, backend: { type: 'string', default: 'single' } },
});
const minutes = Number(values.minutes);
const backend = values.backend as 'single' | 'threads';
if (!(minutes >= 1) || !['single', 'threads'].includes(backend)) {
  console.error('usage: npm run soak -- [--minutes 10, at least 1] [--backend single|threads]');
  process.exit(2);
}

const can = await capacity('socket', backend, 8);
const rate = 0.8 * can;
console.log(
  `${machine()}\nsocket on ${backend}: holds ${Math.round(can).toLocaleString('en-US')} lines/s; sent are 80 % of it\n`,
);
const scene = await Scene.open('socket', backend);
scene.setRate(rate);
// Code is compiled, windows fill, keys become known.
await sleep(15_000);
const before = await scene.settledHeap();
const table = new Table(['second', 'lines/s', 'delay p50', 'delay p99', 'waiting', 'RSS MB', 'heap after GC']);
const stepMs = minutes < 2 ? 15_000 : 60_000;
let taken = scene.job?.taken ?? 0;
let from = performance.now();
let heap = before;
for (let at = stepMs; at <= minutes * 60_000; at += stepMs) {
  await sleep(stepMs);
  const { job } = scene;
  if (job === null || scene.failure !== null) throw new Error(scene.failure ?? 'the job says nothing');
  const now = performance.now();
  const elapsed = now - from;
  from = now;
  const { taken: takenBefore } = job;
  heap = await scene.settledHeap();
  table.row([
    at / 1000,
    ((takenBefore - taken) / elapsed) * 1000,
    job.delayP50,
    job.delayP99,
    job.waiting,
    job.rssMb,
    heap.toFixed(1),
  ]);
  taken = takenBefore;
}
const ratio = heap / before;
const flat = ratio <= 1.1 || heap - before < 8;
console.log(
  `\nheap after GC: ${before.toFixed(1)} MB at first, ${heap.toFixed(1)} MB at the end (${ratio.toFixed(2)}): ${flat ? 'flat' : 'NOT FLAT'}`,
);
const { sent, counted } = await scene.close();
console.log(
  `lines sent ${sent.toLocaleString('en-US')}, counted ${counted.toLocaleString('en-US')}${sent === counted ? '' : ': NOT EQUAL'}`,
);
process.exitCode = flat && sent === counted ? 0 : 1;
