import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fillOnce, jarFolder } from './cache.ts';
import { apt, find } from './install.ts';
import type { Service } from './service.ts';

const VERSION = '4.3.0';
const jars = jarFolder('spark', VERSION);

/**
 * Spark, as the jars that the package pyspark brings, and a Java with its compiler: what the bench runs next to Millrace. Each
 * bench starts it itself.
 */
export const spark: Service = {
  name: 'spark',
  purpose: `the jars of Spark ${VERSION} for the bench suite peers`,
  program: () => (noJava() === null && existsSync(jars) ? jars : null),
  variable: 'MILLRACE_SPARK',
  install() {
    if (noJava() !== null) apt('default-jdk-headless');
    fillOnce(jars, install);
  },
};

/** The folder with the jars of Spark that `start spark` has installed; null where it has not. */
export const installedSparkJars = (): string | null => (existsSync(jars) ? jars : null);

/** Which program of Java that runs and compiles is missing, in a line; null if none. */
export function noJava(): string | null {
  const missing = ['java', 'javac'].filter((name) => find(name) === null);
  return missing.length === 0 ? null : `there is no ${missing.join(' and no ')} here: it takes a JDK, 17 or newer`;
}

function install(fresh: string): string {
  const python = pythonWithPip();
  // Of its dependencies none is needed: Python does not run.
  const what = ['--no-deps', '--no-compile', '--no-cache-dir', '--target', fresh, `pyspark==${VERSION}`];
  const pip = ['-m', 'pip', '--quiet', '--disable-pip-version-check', 'install', ...what];
  const { status, stderr } = spawnSync(python, pip, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`pip could not bring pyspark ${VERSION}: ${stderr.trim().split('\n').at(-1) || 'it says nothing'}`);
  return join(fresh, 'pyspark', 'jars');
}

function pythonWithPip(): string {
  const found = () => {
    const python = find('python3', 'python');
    return python !== null && spawnSync(python, ['-m', 'pip', '--version']).status === 0 ? python : null;
  };
  const before = found();
  if (before !== null) return before;
  apt('python3-pip');
  const python = found();
  if (python === null) throw new Error('python3-pip was installed, and there is still no Python with pip');
  return python;
}
