import { type FileHandle, open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as wait } from 'node:timers/promises';

const CHUNK = 64 * 1024;
/** Waiting for more lines does not keep a process from ending that has nothing else to do. */
const IDLE = { ref: false };

/**
 * The lines of a file that grows, for ever, as `tail -F` shows them: from its beginning, each line when its end has been
 * written. When the file is renamed and a new one takes its name (rotation), the old one is read to its end first.
 * When it becomes shorter it is read from the beginning again.
 */
export async function* tail(path: string, pollMs = 20): AsyncGenerator<string> {
  for (;;) yield* oneFile(await whenThere(path, pollMs), path, pollMs);
}

/** The lines of one file, until another file has its name. */
async function* oneFile(file: FileHandle, path: string, pollMs: number): AsyncGenerator<string> {
  const { ino } = await file.stat();
  const buffer = Buffer.alloc(CHUNK);
  let decoder = new StringDecoder('utf8');
  let position = 0;
  let rest = '';
  let rotated = false;
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
      position += bytesRead;
      const lines = (rest + decoder.write(buffer.subarray(0, bytesRead))).split('\n');
      rest = lines.pop() as string;
      yield* lines;
      if (bytesRead > 0) continue;
      if (rotated) break;
      if ((await file.stat()).size < position) {
        position = 0;
        rest = '';
        decoder = new StringDecoder('utf8');
        continue;
      }
      // What was written between the last read and the rotation is still to come: one more round.
      rotated = (await stat(path).catch(() => null))?.ino !== ino;
      if (!rotated) await wait(pollMs, undefined, IDLE);
    }
    // Nobody will ever end this line.
    if (rest !== '') yield rest;
  } finally {
    await file.close();
  }
}

async function whenThere(path: string, pollMs: number): Promise<FileHandle> {
  for (;;) {
    try {
      return await open(path);
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
      await wait(pollMs, undefined, IDLE);
    }
  }
}
