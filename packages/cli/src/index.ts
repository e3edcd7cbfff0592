/*
 * The `millrace` command as a function. `bin/millrace.mjs` is all that calls it; the command line is the public face.
 */
export { ExitCode } from './exit-code.ts';
export { main } from './main.ts';
