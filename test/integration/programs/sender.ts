/*
 * Sends what it reads from standard input to whoever connected last, and says on standard output how many bytes the
 * system took so far. With a number of ms as second argument it counts instead: 1, 2, 3, … one each time that is over.
 *
 *     node sender.ts PORT [EVERY_MS]
 */
import { createServer, type Socket } from 'node:net';

const [port, every] = process.argv.slice(2).map(Number);
let last: Socket | null = null;
let sent = 0;
let number = 0;

function send(data: string | Uint8Array): void {
  last?.write(data, (e) => {
    if (e === null || e === undefined) console.log(`sent ${(sent += Buffer.byteLength(data))}`);
  });
}

const server = createServer((socket) => {
  last = socket;
  socket.on('error', () => {});
  console.log('connected');
});
server.listen(port, '127.0.0.1', () => console.log('listening'));

if (every === undefined) process.stdin.on('data', send);
else setInterval(() => send(`${++number}\n`), every);
