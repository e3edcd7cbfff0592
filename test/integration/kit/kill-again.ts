import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { node } from './program.ts';

/** A program that says `begins`, and `batch 0` and so on after each of its batches. */
export interface Killing {
  readonly program: string;
  readonly args: readonly string[];
  readonly batches: number;
  readonly kills: number;
  readonly random: () => number;
}

/** Kills runs with -9 until one may come to its end. @returns how many kills hit a run that had work left */
export async function killAgainAndAgain({ program, args, batches, kills, random }: Killing): Promise<number> {
  let hits = 0;
  for (let kill = 0; kill < kills; kill++) {
    const run = node(program, ...args);
    await run.until(({ stdout }) => stdout.includes('begins'), 'it begins');
    // Somewhere within its batches, however fast the machine goes through them.
    const batch = Math.floor(random() * (batches - 5));
    await Promise.race([run.until(({ stdout }) => stdout.includes(`batch ${batch}`), `batch ${batch}`), run.ended]);
    await sleep(random() * 20);
    if (!run.stdout.includes(`batch ${batches - 1}`)) hits += 1;
    await run.killed();
  }
  const last = node(program, ...args);
  expect(await last.ended, last.stderr).toEqual({ code: 0, signal: null });
  return hits;
}
