import { defineConfig } from 'vitest/config';

const source = '@millrace/source';

export default defineConfig({
  resolve: { conditions: [source, 'module', 'node', 'development|production'] },
  ssr: {
    resolve: {
      conditions: [source, 'module', 'node', 'development|production'],
      externalConditions: [source, 'node', 'module-sync'],
    },
  },
  test: {
    include: [
      'packages/**/src/**/*.test.ts',
      'packages/**/test/**/*.test.ts',
      'bench/**/*.test.ts',
      'examples/**/*.test.ts',
      'docs/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', 'tools/consumers/**'],
    globalSetup: ['./tools/vitest-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Nothing asserts a time: the limit only ends what hangs, also on a machine with other work.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Worker threads that a test starts inherit these, and so load the TypeScript sources too.
    execArgv: [`--conditions=${source}`],
  },
});
