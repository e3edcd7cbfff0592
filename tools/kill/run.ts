import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../packages/core/src/connector.ts';

/** How a job is killed. */
export interface KillOptions {
  readonly backend: 'single' | 'threads';
  readonly runs: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/** What became of the records. */
export interface KillResult {
  /** Posted, and answered with 202. */
  readonly acknowledged: number;
  /** Posted, and not answered: the process had died. */
  readonly unanswered: number;
  readonly inFiles: number;
  /** Records that were saved, and of these the ones that are there more than once. */
  readonly saved: number;
  readonly repeated: readonly string[];
  /** Acknowledged, or in a file, and not saved. */
  readonly lost: readonly string[];
  /** Saved, and never sent. */
  readonly strange: readonly string[];
  /** The job's own totals, by state, against what was saved. */
  readonly totals: Readonly<Record<string, number>>;
  readonly expectedTotals: Readonly<Record<string, number>>;
}

/** Kills a job at random moments while it is fed by HTTP and by files, starts it again each time, and looks at what it has saved. */
export async function killAgainAndAgain({ backend, runs, seed, say = () => {} }: KillOptions): Promise<KillResult> {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
  const random = seededRandom(String(seed));
  const params = { input: join(dir, 'in'), output: join(dir, 'out', 'records') };
  for (const each of ['in', 'staging', 'out']) mkdirSync(join(dir, each));
  const acknowledged: string[] = [];
  const unanswered: string[] = [];
  const inFiles: string[] = [];
  let next = 0;
  let totals: Record<string, number> = {};
  try {
    for (let run = 0; run <= runs; run++) {
      const child = start(backend, join(dir, 'checkpoint'), params);
      let latest = totals;
      child.on('message', (m: { totals?: Record<string, number> }) => {
        if (m.totals !== undefined) latest = m.totals;
      });
      const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
      const url = await heard<{ url: string }>(child, 'url').then((m) => m.url);
      const isLast = run === runs;
      const until = performance.now() + (isLast ? 600 : 50 + random() * 900);
      let dead = false;
      void ended.then(() => {
        dead = true;
      });
      const feeding = [0, 1].map(async () => {
        while (!dead && performance.now() < until) {
          const batch = Array.from({ length: 1 + Math.floor(random() * 20) }, () => `p${next++}`);
          const answer = await post(url, batch);
          (answer ? acknowledged : unanswered).push(...batch);
        }
      });
      feeding.push(
        (async () => {
          while (!dead && performance.now() < until) {
            const lines = Array.from({ length: 1 + Math.floor(random() * 30) }, () => `f${next++}`);
            const name = `file-${next}`;
            writeFileSync(join(dir, 'staging', name), `${lines.join('\n')}\n`);
            renameSync(join(dir, 'staging', name), join(params.input, name));
            inFiles.push(...lines);
            await new Promise((resolve) => setTimeout(resolve, 20 + random() * 80));
          }
        })(),
      );
      if (!isLast) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - performance.now())));
        child.kill('SIGKILL');
        await Promise.all([ended, ...feeding]);
        say(`killed ${run + 1} of ${runs}: ${acknowledged.length} acknowledged, ${inFiles.length} in files`);
        continue;
      }
      await Promise.all(feeding);
      // Files of the last moments belong to the batches that follow.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      child.send('stop');
      await ended;
      totals = latest;
    }
    return judge(params.output, { acknowledged, unanswered, inFiles, totals });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function judge(
  prefix: string,
  sent: { acknowledged: string[]; unanswered: string[]; inFiles: string[]; totals: Record<string, number> },
): KillResult {
  const { acknowledged, unanswered, inFiles, totals } = sent;
  const counts = new Map<string, number>();
  const parent = join(prefix, '..');
  for (const batch of readdirSync(parent)) {
    // A directory without its mark is of a batch that was being written.
    const files = readdirSync(join(parent, batch));
    if (!files.includes('_SUCCESS')) continue;
    for (const name of files.filter((f) => f.startsWith('part-')))
      for (const line of readFileSync(join(parent, batch, name), 'utf8').split('\n'))
        if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const known = new Set([...acknowledged, ...unanswered, ...inFiles]);
  const expectedTotals: Record<string, number> = {};
  for (const [record, n] of counts)
    expectedTotals[record[0] as string] = (expectedTotals[record[0] as string] ?? 0) + n;
  return {
    acknowledged: acknowledged.length,
    unanswered: unanswered.length,
    inFiles: inFiles.length,
    saved: counts.size,
    repeated: [...counts].filter(([, n]) => n > 1).map(([record]) => record),
    lost: [...acknowledged, ...inFiles].filter((record) => !counts.has(record)),
    strange: [...counts.keys()].filter((record) => !known.has(record)),
    totals,
    expectedTotals,
  };
}

function start(backend: string, checkpoint: string, params: object): ChildProcess {
  return fork(new URL('./driver.ts', import.meta.url), [backend, checkpoint, JSON.stringify(params)], {
    execArgv: ['--conditions=@millrace/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** True if the records were taken. */
async function post(url: string, records: readonly string[]): Promise<boolean> {
  try {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(records) });
    await answer.arrayBuffer();
    return answer.status === 202;
  } catch {
    return false;
  }
}

function heard<M>(child: ChildProcess, field: string): Promise<M> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: object) => {
      if (field in message) resolve(message as M);
    });
    child.once('exit', (code) => reject(new Error(`the job ended with ${code} before it said ${field}`)));
  });
}
