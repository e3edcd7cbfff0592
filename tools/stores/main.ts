import { mkdtempSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { type Candidate, candidates, type Put } from './candidates.ts';

/*
 * `npm run stores -- --dir DIR`: what could hold checkpoints, on the disk of DIR: transactions as a batch makes them (16 values of 10 KB and
 * 4 small ones, each transaction deletes what one before it has written), then 1,000,000 keys read back from blocks of 1 to 100 KB and
 * put into a Map. Rounds alternate between the candidates, and ratios are of medians.
 */

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    commits: { type: 'string', default: '300' },
    keys: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
  },
});
const [commits, keys, rounds] = [options.commits, options.keys, options.rounds].map(Number) as [number, number, number];
if (options.dir === undefined || !(commits >= 1 && keys >= 1 && rounds >= 1)) {
  console.error('usage: npm run stores -- --dir DIR [--commits 300] [--keys 1000000] [--rounds 5]');
  process.exit(2);
}

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] as number;
const value = new Uint8Array(10_240).map((_, i) => (i * 31) % 251);
const small = value.subarray(0, 60);

function transaction(n: number): { puts: Put[]; gone: Put['key'][] } {
  const puts: Put[] = [];
  const gone: Put['key'][] = [];
  for (let p = 0; p < 20; p++) {
    const name = p < 16 ? 'state' : 'small';
    puts.push({ key: [name, p, n], value: p < 16 ? value : small });
    if (n >= 20) gone.push([name, p, n - 20]);
  }
  return { puts, gone };
}

/** Blocks whose sizes go from 1 to 100 KB, as many small as large ones. */
function* blocks(): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < keys; i++) {
    const size = 1000 * 100 ** ((i % 10) / 9);
    const count = Math.min(keys - at, Math.ceil(size / 20));
    yield serialize(Array.from({ length: count }, (_, k) => [`key-${at + k}`, at + k]));
    at += count;
  }
}

async function fill(candidate: Candidate): Promise<void> {
  const puts: Put[] = [];
  let n = 0;
  for (const block of blocks()) {
    puts.push({ key: ['read', n % 8, n], value: block });
    n += 1;
    if (puts.length === 100) await candidate.commit(puts.splice(0), []);
  }
  await candidate.commit(puts, []);
}

const took = {
  commit: new Map<string, number[]>(),
  read: new Map<string, number[]>(),
  load: new Map<string, number[]>(),
};
const note = (what: keyof typeof took, name: string, ms: number) =>
  took[what].set(name, [...(took[what].get(name) ?? []), ms]);

for (let round = 0; round < rounds; round++) {
  for (const make of Object.values(candidates)) {
    const dir = mkdtempSync(join(options.dir, 'stores-'));
    const candidate = make();
    try {
      await candidate.open(dir);
      for (let n = 0; n < 30; n++) {
        const { puts, gone } = transaction(n);
        await candidate.commit(puts, gone);
      }
      let from = performance.now();
      for (let n = 30; n < 30 + commits; n++) {
        const { puts, gone } = transaction(n);
        await candidate.commit(puts, gone);
      }
      note('commit', candidate.name, (performance.now() - from) / commits);
      await fill(candidate);
      from = performance.now();
      let bytes = 0;
      for (const each of candidate.values('read')) bytes += each.length;
      note('read', candidate.name, performance.now() - from);
      from = performance.now();
      const map = new Map<string, number>();
      for (const each of candidate.values('read'))
        for (const [key, n] of deserialize(each) as [string, number][]) map.set(key, n);
      note('load', candidate.name, performance.now() - from);
      if (map.size !== keys || bytes === 0) throw new Error(`${candidate.name} gave ${map.size} of ${keys} keys`);
    } finally {
      await candidate.close();
      rmSync(dir, { recursive: true, force: true });
    }
  }
}

console.log(
  `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}; ${commits} commits, ${keys} keys, ${rounds} rounds`,
);
for (const [what, title] of [
  ['commit', 'a commit of 164 KB, ms'],
  ['read', `blocks of ${keys} keys read, ms`],
  ['load', 'read, decoded, put into a Map, ms'],
] as const) {
  const base = median(took[what].get('lmdbStore') as number[]);
  for (const [name, list] of took[what]) {
    const range = `${Math.min(...list).toFixed(1)}–${Math.max(...list).toFixed(1)}`;
    console.log(
      `${title.padEnd(36)} ${name.padEnd(20)} ${median(list).toFixed(2).padStart(9)}  ${range.padEnd(16)} ${(median(list) / base).toFixed(2)} × lmdbStore`,
    );
  }
}
