import { existsSync, readdirSync } from 'node:fs';
import { installedSparkJars, noJava } from '../../../../tools/services/spark.ts';

/** Names the folder with Spark's jars where they are not those that `services start spark` brings. */
const VARIABLE = 'MILLRACE_SPARK';
const ASK = 'npm run services -- start spark';

/**
 * The folder with the jars of Spark: what the variable MILLRACE_SPARK names, else what the services have installed.
 * @throws Error that says in a line what is missing, and what brings it
 */
export function sparkJars(): string {
  const named = process.env[VARIABLE];
  const folder = named ?? installedSparkJars();
  if (folder === null) throw new Error(`needs Spark: ${ASK}`);
  if (!existsSync(folder)) throw new Error(`needs Spark: ${VARIABLE} names ${folder}, which is not there; ${ASK}`);
  if (!readdirSync(folder).some((name) => /^spark-streaming_.*\.jar$/.test(name)))
    throw new Error(`needs Spark: ${folder} has no jar of Spark Streaming; ${ASK} brings a folder that has`);
  const missing = noJava();
  if (missing !== null) throw new Error(`needs Spark: ${missing}; ${ASK}`);
  return folder;
}

/** Why suites with Spark do not run, in a line; null if they do. */
export function noSpark(): string | null {
  try {
    sparkJars();
    return null;
  } catch (e) {
    return (e as Error).message;
  }
}
