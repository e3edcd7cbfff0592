import base from './vitest.config.ts';

/* Tests with real parts: other processes, sockets, a browser. They run one file after the other, since many count processes or memory. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ['test/integration/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
};
