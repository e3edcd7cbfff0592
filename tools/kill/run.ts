import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../packages/core/src/connector.ts';
import type { DriverSetting } from './driver.ts';
import { type Feeding, feedFiles, feedHttp, feedSocket, type Sent } from './feeds.ts';
import { judgeAppended, judgeDatabase, judgeFiles, type SinkVerdict, totalsOf } from './judge.ts';

/** What is killed: the whole process, by kill -9; or only its workers, on threads. */
export type Victim = 'process' | 'workers';

/** How a job is killed. */
export interface KillOptions {
  readonly backend: 'single' | 'threads';
  readonly victim: Victim;
  /** How often. */
  readonly runs: number;
  readonly seed: number;
  readonly say?: (line: string) => void;
}

/** What became of the records. */
export interface KillResult {
  readonly acknowledged: number;
  readonly unanswered: number;
  readonly inFiles: number;
  readonly workersLost: number;
  /** Sinks that have each record once. */
  readonly files: SinkVerdict;
  readonly database: SinkVerdict;
  /** An output that has each record at least once. */
  readonly appended: SinkVerdict;
  /** The job's own totals, by state, against what was saved. */
  readonly totals: Readonly<Record<string, number>>;
  readonly expectedTotals: Readonly<Record<string, number>>;
}

/** Up to that long the first life is: now and then it ends before the first batch. */
const FIRST_LIFE_MS = 60;

/** Files of the last moments belong to the batches that follow. */
const LAST_BATCHES_MS = 1500;

/** Kills a job at random moments while it is fed by HTTP, a socket and files, and looks at what it has saved. */
export async function killAgainAndAgain(options: KillOptions): Promise<KillResult> {
  const { backend, victim, runs, seed, say = () => {} } = options;
  const dir = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
  const params = { input: join(dir, 'in'), output: join(dir, 'out', 'records'), database: join(dir, 'records.db') };
  for (const each of ['in', 'staging', 'out']) mkdirSync(join(dir, each));
  const db = new DatabaseSync(params.database);
  db.exec('CREATE TABLE records (record TEXT)');
  db.close();
  const setting: DriverSetting = {
    backend,
    checkpoint: join(dir, 'checkpoint'),
    params,
    appended: join(dir, 'appended'),
  };
  const random = seededRandom(String(seed));
  const sent: Sent = { acknowledged: [], unanswered: [], inFiles: [] };
  let record = 0;
  let totals: Record<string, number> = {};
  let workersLost = 0;
  const kills = victim === 'process' ? runs : 0;
  try {
    for (let run = 0; run <= kills; run++) {
      const child = start(setting);
      let latest = { totals, lost: 0 };
      child.on('message', (m: Partial<typeof latest>) => {
        if (m.totals !== undefined) latest = m as typeof latest;
      });
      let dead = false;
      const ended = new Promise<void>((resolve) => child.on('exit', () => resolve())).then(() => {
        dead = true;
      });
      const { url, port } = await heard<{ url: string; port: number }>(child, 'url');
      const isLast = run === kills;
      const lastMs = 600 + (victim === 'workers' ? runs * 600 : 0);
      const lifeMs = isLast ? lastMs : run === 0 ? random() * FIRST_LIFE_MS : 50 + random() * 900;
      const until = performance.now() + lifeMs;
      const feeding: Feeding = {
        sent,
        random,
        next: () => record++,
        goesOn: () => !dead && performance.now() < until,
      };
      const feeds = [
        feedHttp(url, feeding),
        feedHttp(url, feeding),
        feedSocket(port, feeding),
        feedFiles({ staging: join(dir, 'staging'), input: params.input }, feeding),
      ];
      if (backend === 'threads') feeds.push(loseWorkers(child, feeding));
      if (!isLast) {
        await pause(Math.max(0, until - performance.now()));
        child.kill('SIGKILL');
        await Promise.all([ended, ...feeds]);
        say(`killed ${run + 1} of ${runs}: ${sent.acknowledged.length} acknowledged, ${sent.inFiles.length} in files`);
      } else {
        await Promise.all(feeds);
        await pause(LAST_BATCHES_MS);
        if (!dead) child.send('stop');
        await ended;
        totals = latest.totals;
      }
      workersLost += latest.lost;
    }
    return {
      acknowledged: sent.acknowledged.length,
      unanswered: sent.unanswered.length,
      inFiles: sent.inFiles.length,
      workersLost,
      files: judgeFiles(params.output, sent),
      database: judgeDatabase(params.database, sent),
      appended: judgeAppended(setting.appended, sent),
      totals: Object.fromEntries(Object.entries(totals).sort()),
      expectedTotals: totalsOf(params.database),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Has a worker die now and then, whatever becomes of the process. */
async function loseWorkers(child: ChildProcess, { random, goesOn }: Feeding): Promise<void> {
  while (goesOn()) {
    await pause(150 + random() * 300);
    if (goesOn() && child.connected) child.send('lose', () => {});
  }
}

/** Whether a result is what is promised: once in the sinks that say so, at least once in the other, nothing lost. */
export function isPromised({ files, database, appended, totals, expectedTotals }: KillResult): boolean {
  const once = [files, database].every((v) => v.lost.length + v.repeated.length + v.strange.length === 0);
  const least = appended.lost.length + appended.strange.length === 0;
  return once && least && JSON.stringify(totals) === JSON.stringify(expectedTotals);
}

function start(setting: DriverSetting): ChildProcess {
  return fork(new URL('./driver.ts', import.meta.url), [JSON.stringify(setting)], {
    execArgv: ['--conditions=@millrace/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

function heard<M>(child: ChildProcess, field: string): Promise<M> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: object) => {
      if (field in message) resolve(message as M);
    });
    child.once('exit', (code) => reject(new Error(`the job ended with ${code} before it said ${field}`)));
  });
}
