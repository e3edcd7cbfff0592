import { createServer, type Socket } from 'node:net';
import { DIGITS, LINE_BYTES } from './paced-line.ts';

/*
 * A process that sends lines at a steady rate, whatever becomes of them (open loop): node paced-lines.ts RATE LINES. In each ms
 * RATE / 1000 lines are due. What is late is sent at once, and bears the time at which it was due. It listens; who connects gets
 * all lines, and the connection stays open behind them. It ends with whoever has started it.
 */
const rate = Number(process.argv[2]);
const lines = Number(process.argv[3]);
const perMs = rate / 1000;
const rest = ` ${'x'.repeat(LINE_BYTES - DIGITS - 2)}\n`;

function send(socket: Socket): void {
  // The other end is done and goes away.
  socket.on('error', () => {});
  const began = Date.now() + 1;
  const all = Math.ceil(lines / perMs);
  let sent = 0;
  const tick = () => {
    if (socket.destroyed) return;
    const due = Math.min(all, Date.now() - began + 1);
    let text = '';
    for (; sent < due; sent++) text += `${began + sent}${rest}`.repeat(perMs);
    if (text !== '') socket.write(text, 'latin1');
    if (sent < all) setTimeout(tick, 1);
  };
  tick();
}

const server = createServer({ noDelay: true }, send);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
});
process.on('disconnect', () => process.exit());
