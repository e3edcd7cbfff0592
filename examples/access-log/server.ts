import { appendFile, readFile, rename } from 'node:fs/promises';

/**
 * Stands for a web server: writes two minutes of its access log, ten seconds in each step, and says how many lines that were. After a minute
 * it goes on in a new file, as log rotation has it.
 */
export async function* writeLog(path: string): AsyncGenerator<number> {
  const log = (await readFile(new URL('../data/access.log', import.meta.url), 'utf8')).trimEnd().split('\n');
  // Minute and tens of seconds. One line has no time; it was written at 10:00:4x.
  const steps = Map.groupBy(log, (line) => /:10:(\d\d:\d)/.exec(line)?.[1] ?? '00:4');
  for (const [step, lines] of steps) {
    if (step === '01:0') await rename(path, `${path}.1`);
    const text = `${lines.join('\n')}\n`;
    // What a server has in its buffer ends anywhere in a line.
    await appendFile(path, text.slice(0, 100));
    await appendFile(path, text.slice(100));
    yield lines.length;
  }
}
