import { request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { bufferOf } from './lines.ts';

/*
 * The process that sends lines: to whoever connects to it, or by POST. What it is told: `{ rate }` lines a second (Infinity: as
 * fast as it can), `{ post: url }`, `{ stop }`. What it tells each second: lines that were due, sent, and refused.
 */

const CHUNK_LINES = 500;
const chunk = bufferOf(CHUNK_LINES);
const MAX_POSTS = 8;

let rate = 0;
let due = 0;
let at = performance.now();
const figures = { offered: 0, sent: 0, refused: 0 };
let socket: Socket | null = null;
let url: string | null = null;
let posts = 0;
let stopped = false;

/** Earns what is due. What cannot be sent now is held back and not made up for: the rate is that of a source that goes on. */
function earn(): void {
  const now = performance.now();
  const earned = rate === Number.POSITIVE_INFINITY ? CHUNK_LINES * 64 : ((now - at) / 1000) * rate;
  at = now;
  due += earned;
  figures.offered += earned;
}

function pump(): void {
  if (stopped) return;
  earn();
  if (socket !== null) {
    while (due >= CHUNK_LINES && !socket.writableNeedDrain) {
      socket.write(chunk);
      figures.sent += CHUNK_LINES;
      due -= CHUNK_LINES;
    }
  } else if (url !== null) {
    while (due >= CHUNK_LINES && posts < MAX_POSTS) {
      due -= CHUNK_LINES;
      post(url);
    }
  }
  // A quarter of a second of it may be caught up with.
  due = Math.min(due, Math.max(CHUNK_LINES, rate / 4));
  if (rate === Number.POSITIVE_INFINITY) setImmediate(pump);
  else setTimeout(pump, 2);
}

function post(to: string): void {
  posts += 1;
  const call = request(to, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'content-length': chunk.length },
  });
  call.on('response', (response) => {
    if (response.statusCode === 202) figures.sent += CHUNK_LINES;
    else figures.refused += CHUNK_LINES;
    response.resume();
    response.on('close', () => {
      posts -= 1;
    });
  });
  call.on('error', () => {
    posts -= 1;
  });
  call.end(chunk);
}

const server = createServer((connection) => {
  socket = connection;
  connection.on('error', () => {});
  connection.on('close', () => {
    socket = null;
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
setInterval(() => process.send?.({ figures: { ...figures } }), 1000).unref();

process.on('message', (message: { rate?: number | null; post?: string; stop?: true }) => {
  if (message.rate !== undefined) {
    rate = message.rate ?? Number.POSITIVE_INFINITY;
    due = 0;
    at = performance.now();
  }
  if (message.post !== undefined) url = message.post;
  if (message.stop) {
    stopped = true;
    // What was written has to arrive: the end comes behind it.
    const done = () => process.send?.({ done: { ...figures } });
    if (socket !== null) socket.end(done);
    else if (url !== null) {
      const wait = () => (posts === 0 ? done() : setTimeout(wait, 10));
      wait();
    } else done();
  }
});
process.on('disconnect', () => process.exit());
pump();
