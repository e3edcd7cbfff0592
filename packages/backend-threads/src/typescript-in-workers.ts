import { setFlagsFromString } from 'node:v8';

const TYPESCRIPT = /\.[cm]?ts(?:[?#]|$)/;
let done = false;

/**
 * To be called before a worker loads a module. Node takes the types out of TypeScript with WebAssembly, in each thread by itself.
 * Once that has called JavaScript a thousand times V8 compiles a wrapper for the calls, in a cache that all threads of the process
 * share, and in the V8 of Node 22 and 24 two threads that do so at once can abort the process ("Check failed:
 * jit_page.has_value()"; nodejs/node issue 64500 has more of the kind). Seen here in about one of twelve runs of tests that kill and
 * replace workers. The generic wrapper, which is used until then, does the same a little slower.
 */
export function beforeLoadingInWorkers(url: string): void {
  if (done || !TYPESCRIPT.test(url)) return;
  done = true;
  setFlagsFromString('--wasm-wrapper-tiering-budget=1000000000');
}
