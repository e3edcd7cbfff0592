import { fileURLToPath } from 'node:url';

/** Folder of the engine's own source, as it shows in stacks: as a path or as a URL, depending on the loader. */
const OWN_URL = new URL('..', import.meta.url).href;
const OWN_PATH = fileURLToPath(OWN_URL);

/** File and line of the user's program that called into the engine; "unknown place" if the stack does not show it. */
export function callSite(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 20;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = stackTraceLimit;
  for (const line of stack.split('\n').slice(1)) {
    if ((line.includes(OWN_PATH) || line.includes(OWN_URL)) && !line.includes('.test.')) continue;
    if (line.includes('node:')) continue;
    const at = /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/.exec(line);
    if (at !== null) return at[1];
  }
  return 'unknown place';
}
