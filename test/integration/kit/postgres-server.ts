import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { postgres, postgresCommand } from '../../../tools/services/postgres.ts';
import { runningService } from '../../../tools/services/running.ts';
import { freePort } from './ports.ts';

/** URL of the server that `npm run services -- start postgres` started; null where none runs. */
export function sharedServer(): string | null {
  const running = runningService('postgres');
  if (running === null) return null;
  const { host, port, user, database } = running.facts;
  return `postgres://${user}@${host}:${port}/${database}`;
}

/** Runs statements and gives the rows of the last. */
export async function ask(url: string, ...statements: string[]): Promise<Record<string, any>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    let rows: Record<string, any>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** A server that a test kills. */
export class PostgresServer {
  readonly url: string;
  readonly #work: string;
  readonly #port: number;
  #child: ChildProcess | null = null;

  private constructor(work: string, port: number) {
    this.#work = work;
    this.#port = port;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  }

  static async make(): Promise<PostgresServer> {
    const server = new PostgresServer(mkdtempSync(join(tmpdir(), 'millrace-postgres-')), await freePort());
    await server.start();
    return server;
  }

  /** Starts it, also after it was killed, and waits until it answers. */
  async start(): Promise<void> {
    const folder = join(this.#work, 'server');
    mkdirSync(folder, { recursive: true });
    const { program, args } = postgresCommand(postgres.program() as string, folder, this.#port);
    for (;;) {
      // What was killed may hold its memory for a moment; then it ends at once.
      if (this.#child === null || this.#child.exitCode !== null)
        this.#child = spawn(program, args, { cwd: folder, detached: true, stdio: 'ignore' });
      try {
        await ask(this.url, 'SELECT 1');
        return;
      } catch {
        await sleep(50);
      }
    }
  }

  /** Ends it and all its processes at once. */
  async kill(): Promise<void> {
    const child = this.#child as ChildProcess;
    this.#child = null;
    if (child.exitCode !== null) return;
    const closed = once(child, 'close');
    process.kill(-(child.pid as number), 'SIGKILL');
    await closed;
  }

  async close(): Promise<void> {
    if (this.#child !== null) await this.kill();
    rmSync(this.#work, { recursive: true, force: true });
  }
}
