/*
 * Makes another version of the engine of the one that is here: a key is heavy with another part of a reducer's even share.
 *
 *     node --import 'other-sample.ts?part=0.5' program.ts
 */
import { registerHooks } from 'node:module';

const part = new URL(import.meta.url).searchParams.get('part');
const RULE = /export const HEAVY_PART = [^;]+;/;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('/skew/key-sample.ts')) return loaded;
    const source = String(loaded.source);
    if (!RULE.test(source)) throw new Error(`${url} does not say any more with which part a key is heavy`);
    return { ...loaded, source: source.replace(RULE, `export const HEAVY_PART = ${part};`) };
  },
});
