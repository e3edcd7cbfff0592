import { renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What was sent in all runs, by what the sender knows of it. */
export interface Sent {
  /** Answered: safe. */
  readonly acknowledged: string[];
  /** Not answered: the process had died. */
  readonly unanswered: string[];
  /** In files, which are there for good. */
  readonly inFiles: string[];
}

/** One run of the job, as those who feed it see it. */
export interface Feeding {
  readonly sent: Sent;
  readonly random: () => number;
  /** False when the job is dead, or nothing is to be sent any more. */
  readonly goesOn: () => boolean;
  /** A number that no record has had. */
  readonly next: () => number;
}

/** Posts batches of records, one after the other. */
export async function feedHttp(url: string, { sent, random, goesOn, next }: Feeding): Promise<void> {
  while (goesOn()) {
    const batch = Array.from({ length: 1 + Math.floor(random() * 20) }, () => `p${next()}`);
    ((await post(url, batch)) ? sent.acknowledged : sent.unanswered).push(...batch);
  }
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

/** Sends lines over one connection, and reads how many of them are safe. */
export async function feedSocket(port: number, { sent, random, goesOn, next }: Feeding): Promise<void> {
  const lines: string[] = [];
  let safe = 0;
  let unread = '';
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  let isOpen = true;
  socket.on('error', () => {});
  void closed.then(() => {
    isOpen = false;
  });
  socket.on('data', (bytes) => {
    const parts = (unread + bytes.toString()).split('\n');
    unread = parts.pop() as string;
    for (const part of parts) safe = Number(part);
  });
  while (goesOn() && isOpen) {
    const batch = Array.from({ length: 1 + Math.floor(random() * 50) }, () => `s${next()}`);
    lines.push(...batch);
    socket.write(`${batch.join('\n')}\n`);
    await pause(5 + random() * 20);
  }
  // The numbers that are still to come, if the job lives.
  for (let turn = 0; turn < 100 && isOpen && safe < lines.length; turn++) await pause(20);
  socket.destroy();
  await closed;
  // One by one: of a long life there are more than a call takes arguments.
  for (const [i, line] of lines.entries()) (i < safe ? sent.acknowledged : sent.unanswered).push(line);
}

/** Puts files into a directory, each by a rename. */
export async function feedFiles(dir: { staging: string; input: string }, feeding: Feeding): Promise<void> {
  const { sent, random, goesOn, next } = feeding;
  while (goesOn()) {
    const lines = Array.from({ length: 1 + Math.floor(random() * 30) }, () => `f${next()}`);
    const name = `file-${next()}`;
    writeFileSync(join(dir.staging, name), `${lines.join('\n')}\n`);
    renameSync(join(dir.staging, name), join(dir.input, name));
    sent.inFiles.push(...lines);
    await pause(20 + random() * 80);
  }
}
