import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { closeAll, collecting, type Got } from './kit/http-server.ts';
import { drained, listen } from './kit/ports.ts';
import { killAll, runJob } from './kit/program.ts';

/* A sender that is fast and a sink that is slow: what waits between them is bounded, the sender is stopped, and nothing is lost. */

const LINES = 12_000;
const BOUND = 4000;
/** Enough that what the system's own buffers hold is a small part of all. */
const PADDING = 'x'.repeat(6000);
const SINK_MS = 2000;

afterEach(async () => {
  await killAll();
  await closeAll();
});

test.each([['single'], ['threads', '--workers', '2']])('on %s', async (...backend) => {
  const got: Got[] = [];
  /** Lines that the sender was rid of at the first answer. */
  let sentAtFirst = 0;
  let sent = 0;
  const url = await collecting(async (request, response) => {
    await delay(SINK_MS);
    got.push(request);
    if (got.length === 1) sentAtFirst = sent;
    response.end();
  });
  const server = createServer((socket) => void sendAll(socket.on('error', () => {})));
  /** As fast as it is let. */
  async function sendAll(socket: Socket): Promise<void> {
    while (sent < LINES && !socket.destroyed) {
      const room = socket.write(`${sent} ${PADDING}\n`);
      sent++;
      if (!room) await drained(socket);
    }
  }
  const port = await listen(server);
  try {
    const params = { port, url, maxBufferedRecords: BOUND };
    const job = runJob('to-http', params, '--batch', '1s', '--backend', ...backend);
    const records = () => got.flatMap(({ body }) => JSON.parse(body) as string[]);
    await job.until((it) => it.log.reduce((n, { records = 0 }) => n + (records as number), 0) >= LINES, 'all is done');
    job.kill('SIGTERM');
    expect(await job.ended, job.stderr).toEqual({ code: 0, signal: null });

    expect(
      records()
        .map((line) => Number(line.split(' ', 1)[0]))
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: LINES }, (_, i) => i));
    expect(new Set(got.map(({ key }) => key)).size).toBe(got.length);
    const inputs = job.log.flatMap(({ inputs = [] }) => inputs as { waitingRecords: number; records: number }[]);
    // The bound may be passed by what is in hand, which is a part of it.
    expect(Math.max(...inputs.map(({ waitingRecords }) => waitingRecords))).toBeLessThanOrEqual(1.5 * BOUND);
    expect(Math.max(...inputs.map(({ records }) => records))).toBeLessThanOrEqual(1.5 * BOUND);
    expect(sentAtFirst).toBeLessThan(LINES);
  } finally {
    server.close();
  }
});
