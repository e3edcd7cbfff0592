import type { Suite } from '@millrace/bench';
import { codecsSuite } from './codecs.ts';
import { joinSuite } from './join.ts';
import { combineSuite, keysSuite } from './keys.ts';
import { queueSuite } from './queue.ts';
import { windowSuite } from './window.ts';

/*
 * Parts of the engine by themselves, as its tasks call them. They are no part of what the engine exports: these suites import its
 * sources, as only they may.
 */

/** All suites of small parts. */
export const microSuites: readonly Suite[] = [codecsSuite, keysSuite, combineSuite, windowSuite, joinSuite, queueSuite];
