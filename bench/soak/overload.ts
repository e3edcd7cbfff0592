import { parseArgs } from 'node:util';
import type { SourceKind } from './load.job.ts';
import { capacity, Scene, sleep } from './scene.ts';
import { machine, median, Table } from './table.ts';

/*
 * `npm run overload`: a job that is offered five times what it can take, for a minute. Its memory has to stay flat. Exit code 1 if not.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    source: { type: 'string', default: 'socket' },
    backend: { type: 'string', default: 'single' },
  },
});
const seconds = Number(values.seconds);
const source = values.source as SourceKind;
const backend = values.backend as 'single' | 'threads';
if (!['socket', 'http', 'iterable'].includes(source) || !['single', 'threads'].includes(backend) || !(seconds >= 15)) {
  console.error(
    'usage: npm run overload -- [--source socket|http|iterable] [--backend single|threads] [--seconds 60, at least 15]',
  );
  process.exit(2);
}

const can = await capacity(source, backend, 8);
const offered = 5 * can;
console.log(
  `${machine()}\n${source} on ${backend}: holds ${Math.round(can).toLocaleString('en-US')} lines/s; offered are 5 times as many\n`,
);
const scene = await Scene.open(source, backend, offered);
scene.setRate(offered);
const table = new Table(['second', 'offered/s', 'taken/s', 'refused/s', 'waiting', 'waiting MB', 'RSS MB', 'heap MB']);
const rss: number[] = [];
let last = { offered: 0, taken: 0, refused: 0 };
for (let second = 5; second <= seconds; second += 5) {
  for (let i = 0; i < 5; i++) {
    await sleep(1000);
    if (scene.job !== null) rss.push(scene.job.rssMb);
  }
  const { job, sender } = scene;
  if (job === null || scene.failure !== null) throw new Error(scene.failure ?? 'the job says nothing');
  const now = {
    offered: source === 'iterable' ? offered * second : sender.offered,
    taken: job.taken,
    refused: sender.refused,
  };
  table.row([
    second,
    (now.offered - last.offered) / 5,
    (now.taken - last.taken) / 5,
    (now.refused - last.refused) / 5,
    job.waiting,
    job.waitingBytes / 2 ** 20,
    job.rssMb,
    job.heapMb,
  ]);
  last = now;
}
const third = Math.floor(rss.length / 3);
const middle = median(rss.slice(third, 2 * third));
const end = median(rss.slice(2 * third));
const flat = end <= Math.max(middle * 1.15, middle + 20);
console.log(
  `\nRSS, median of the middle third ${middle.toFixed(0)} MB, of the last third ${end.toFixed(0)} MB: ${flat ? 'flat' : 'NOT FLAT'}`,
);
const { sent, counted } = await scene.close();
console.log(
  `lines sent ${sent.toLocaleString('en-US')}, counted ${counted.toLocaleString('en-US')}${sent === counted ? '' : ': NOT EQUAL'}`,
);
process.exitCode = flat && sent === counted ? 0 : 1;
