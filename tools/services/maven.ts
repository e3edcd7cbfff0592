import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillOnce } from './cache.ts';
import { apt, find } from './install.ts';

/** An artifact of Maven's: `group:artifact:version`. */
export type Artifact = `${string}:${string}:${string}`;

/** The Java that runs them; null unless it and the jars are here. */
export function javaWith(folder: string): string | null {
  return existsSync(folder) ? find('java') : null;
}

/**
 * Brings artifacts and all that they need into a folder, and a Java to run them.
 * @throws Error that says what to install, where that cannot be done from here
 */
export function installJars(folder: string, artifacts: readonly Artifact[]): void {
  if (find('java') === null) apt('default-jre-headless');
  if (existsSync(folder)) return;
  if (find('mvn') === null) apt('maven');
  fillOnce(folder, (fresh) => {
    const pom = join(fresh, 'pom.xml');
    writeFileSync(pom, project(artifacts));
    const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${fresh}`, '-DincludeScope=runtime'];
    const { status, stdout } = spawnSync('mvn', ['-B', '-q', '-f', pom, ...copy], { encoding: 'utf8' });
    if (status !== 0)
      throw new Error(`Maven could not bring ${artifacts[0]}: ${stdout.trim().split('\n')[0] ?? 'it says nothing'}`);
    return fresh;
  });
}

function project(artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>millrace</groupId><artifactId>service</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`;
}
