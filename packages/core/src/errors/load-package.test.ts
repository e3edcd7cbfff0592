import { expect, test } from 'vitest';
import { loadPackage } from './load-package.ts';

const missing = (name: string) => async () => {
  throw Object.assign(new Error(`Cannot find package '${name}' imported from x`), { code: 'ERR_MODULE_NOT_FOUND' });
};

test('what is installed is loaded; what is not is said to be missing, with what needs it', async () => {
  expect(await loadPackage('f', 'node:os', () => import('node:os'))).toBe(await import('node:os'));
  await expect(loadPackage('postgresSink', 'pg', missing('pg'))).rejects.toMatchObject({
    code: 'MR_MISSING_PACKAGE',
    message: expect.stringContaining('postgresSink needs the package pg'),
  });
});

test('what the package itself misses, or throws, is another error', async () => {
  await expect(loadPackage('f', 'pg', missing('pg-protocol'))).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' });
  const broken = () => Promise.reject(new SyntaxError('broken'));
  await expect(loadPackage('f', 'pg', broken)).rejects.toThrow(SyntaxError);
});
