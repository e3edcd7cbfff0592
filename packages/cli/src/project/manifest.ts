import type { ProjectOptions } from './write-project.ts';

/** The package.json of a new project. */
export function manifest({ name, version }: ProjectOptions): object {
  return {
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=24' },
    scripts: {
      start: 'millrace run job.ts --max-batches 4',
      test: 'node --test',
      check: 'tsc',
    },
    dependencies: Object.fromEntries(
      ['backend-single', 'backend-threads', 'cli', 'core', 'sources'].map((folder) => [`@millrace/${folder}`, version]),
    ),
    devDependencies: { '@types/node': '^24.0.0', typescript: '^7.0.0' },
  };
}
