import { InvalidArgumentError } from 'commander';

/** Reads `90s`, `5m`, `1h` or `500ms`. @returns milliseconds @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw new InvalidArgumentError('It takes a number and ms, s, m or h, as in 5m.');
  return Number(match[1]) * unit;
}

/** Reads a number of runs. @throws InvalidArgumentError */
export function parseRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 5)
    throw new InvalidArgumentError('It takes a whole number of at least 5, since medians of fewer say little.');
  return runs;
}

/** Reads a number of processes. @throws InvalidArgumentError */
export function parseProcesses(text: string): number {
  const processes = Number(text);
  if (!Number.isInteger(processes) || processes < 1)
    throw new InvalidArgumentError('It takes a whole number of at least 1.');
  return processes;
}

/** Reads the base name of files: no path, and nothing that a shell or a file system could take for something else. @throws InvalidArgumentError */
export function parseName(text: string): string {
  if (!/^[A-Za-z0-9_.-]+$/.test(text) || /^\.+$/.test(text))
    throw new InvalidArgumentError('It takes letters from a to z, digits, dots, hyphens and underscores, and no path.');
  if (text.endsWith('.partial'))
    throw new InvalidArgumentError('Names that end with .partial are those of runs that were ended.');
  return text;
}

/** Reads `10%` or `0.1`. @returns a share @throws InvalidArgumentError */
export function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It takes a share, as in 10%.');
  return Number(match[1]) / (match[2] === '%' ? 100 : 1);
}

/** Adds a value of an option that may stand several times. */
export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
