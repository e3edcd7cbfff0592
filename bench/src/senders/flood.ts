import { createServer, type Socket } from 'node:net';

/*
 * A process that floods: it listens, and to whoever connects it writes lines from prepared bytes as fast as TCP takes them,
 * exactly as many as it was told. The connection then stays open, since its end would be something else to measure.
 */
const LINE_BYTES = 100;
const LINES_PER_WRITE = 8_192;

const lines = Number(process.argv[2]);
const prepared = Buffer.from(`${'x'.repeat(LINE_BYTES - 1)}\n`.repeat(LINES_PER_WRITE));

function flood(socket: Socket): void {
  let left = lines;
  // The other end is done and goes away.
  socket.on('error', () => {});
  const write = () => {
    while (left > 0) {
      const count = Math.min(left, LINES_PER_WRITE);
      left -= count;
      if (socket.write(prepared.subarray(0, count * LINE_BYTES))) continue;
      socket.once('drain', write);
      return;
    }
  };
  write();
}

const server = createServer(flood);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
});
// Without who started it there is nothing to do.
process.on('disconnect', () => process.exit());
