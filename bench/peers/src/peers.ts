import type { Peer } from './peer.ts';
import { dbIvm } from './programs/db-ivm.ts';
import { dbIvmWords } from './programs/db-ivm-words.ts';
import { effectStream } from './programs/effect.ts';
import { floor } from './programs/floor.ts';
import { millrace } from './programs/millrace.ts';
import { nodeStream } from './programs/node-stream.ts';
import { rxjsByHand } from './programs/rxjs-by-hand.ts';
import { rxjsHandCounts } from './programs/rxjs-hand-counts.ts';
import { rxjsHandSums } from './programs/rxjs-hand-sums.ts';
import { rxjsHandWindow } from './programs/rxjs-hand-window.ts';
import { rxjsIdiomatic } from './programs/rxjs-idiomatic.ts';

/** All peers, in the order of the reports; the floor, which the others are compared with, is the first. */
export const peers: readonly Peer[] = [
  floor,
  millrace,
  dbIvm,
  dbIvmWords,
  rxjsIdiomatic,
  rxjsHandSums,
  rxjsHandCounts,
  rxjsHandWindow,
  rxjsByHand,
  effectStream,
  nodeStream,
];
