import { connect } from 'node:net';

/** How many lines there were at a moment, in ms of a steady clock. */
export interface Mark {
  readonly at: number;
  readonly lines: number;
}

/**
 * The least that a program can do with lines from a socket: a bare `net` client that counts the newlines of each chunk.
 * @returns a mark each `everyMs`, and one at the end, when `expected` lines were there
 * @throws Error when the connection ends before that, or there are more
 */
export function countFromSocket(port: number, expected: number, everyMs: number): Promise<Mark[]> {
  return new Promise((resolve, reject) => {
    const marks: Mark[] = [];
    let lines = 0;
    let next = 0;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', reject);
    socket.on('end', () => reject(new Error(`the sender ended after ${lines} of ${expected} lines`)));
    socket.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
      const now = performance.now();
      if (now < next && lines < expected) return;
      next = now + everyMs;
      marks.push({ at: now, lines });
      if (lines < expected) return;
      socket.destroy();
      if (lines === expected) resolve(marks);
      else reject(new Error(`${lines} lines came where ${expected} were sent`));
    });
  });
}
