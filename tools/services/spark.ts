import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fillOnce, jarFolder } from './cache.ts';
import { apt, find } from './install.ts';
import type { Service } from './service.ts';

const VERSION = '4.3.0';
const LEAST_JAVA = 17;
const PROGRAMS = ['java', 'javac'] as const;
const TAKES = `it takes a JDK, ${LEAST_JAVA} or newer`;
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

/** Which program of Java that runs and compiles is missing or too old, in a line; null if none. */
export function noJava(): string | null {
  const missing = PROGRAMS.filter((name) => find(name) === null);
  if (missing.length > 0) return `there is no ${missing.join(' and no ')} here: ${TAKES}`;
  const old = PROGRAMS.map((name) => ({ name, version: javaVersion(find(name)!) })).filter(
    ({ version }) => version < LEAST_JAVA,
  );
  if (old.length === 0) return null;
  return `${old.map(({ name, version }) => `${name} is of version ${version}`).join(', ')} here: ${TAKES}`;
}

/** Versions by the paths of programs: to ask takes a part of a second. */
const versions = new Map<string, number>();

/** The first number of a version of Java, 8 for 1.8; 0 where the program does not say it. */
function javaVersion(program: string): number {
  const known = versions.get(program);
  if (known !== undefined) return known;
  // Old ones know no other way to ask, and do not answer on standard output.
  const { stdout, stderr } = spawnSync(program, ['-version'], { encoding: 'utf8' });
  const said = /(?:version "|javac )(?:1\.)?(\d+)/.exec(`${stdout}${stderr}`);
  const version = Number(said?.[1] ?? 0);
  versions.set(program, version);
  return version;
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
