import { peers } from './peers.ts';
import { MEASURED, zipfWords } from './words.ts';

/* A process that runs one peer once and prints the seconds: started by `firstRun`. */

const peer = peers.find(({ id }) => id === process.argv[2]);
if (peer === undefined) throw new Error(`there is no peer ${process.argv[2]}; there are ${peers.map(({ id }) => id)}`);
const words = zipfWords(MEASURED);
const from = performance.now();
const program = await peer.start(MEASURED);
await program.run(words, () => {});
const seconds = (performance.now() - from) / 1000;
await program.close?.();
process.stdout.write(String(seconds));
