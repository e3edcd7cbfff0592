import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isMillraceError } from '../index.ts';
import { checkListen, isLoopback, listenOn } from './listen-rules.ts';
import { checkedToken, sameToken, secretsOf, shownUrl, withoutSecrets } from './secrets.ts';

function codeOf(body: () => unknown): string {
  try {
    body();
  } catch (e) {
    if (isMillraceError(e)) return e.code;
    throw e;
  }
  return 'nothing was thrown';
}

describe('who may listen where', () => {
  it('knows loopback', () => {
    const here = [
      '127.0.0.1',
      '127.8.9.1',
      '::1',
      '[::1]',
      'localhost',
      'LOCALHOST',
      'a.localhost',
      '::ffff:127.0.0.1',
    ];
    const elsewhere = ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'localhost.example.org', '1270.0.0.1', ''];
    expect(here.filter((host) => !isLoopback(host))).toEqual([]);
    expect(elsewhere.filter(isLoopback)).toEqual([]);
  });

  it('asks for auth or insecure off loopback only', () => {
    const rules = { host: '0.0.0.0', port: 0, hasAuth: false, insecure: false };
    expect(codeOf(() => checkListen('x', rules))).toBe('MR_UNSAFE_LISTEN');
    checkListen('x', { ...rules, hasAuth: true });
    checkListen('x', { ...rules, insecure: true });
    checkListen('x', { ...rules, host: 'localhost' });
    for (const port of [-1, 65_536, 1.5, '80' as never])
      expect(codeOf(() => checkListen('x', { ...rules, host: '::1', port }))).toBe('MR_OPTION');
    expect(codeOf(() => checkListen('x', { ...rules, host: '' }))).toBe('MR_OPTION');
  });

  it('says why it cannot listen', async () => {
    const first = createServer();
    const { port } = await listenOn('x', first, { host: '[::1]', port: 0 }).catch(() =>
      listenOn('x', first, { host: '127.0.0.1', port: 0 }),
    );
    const second = createServer();
    const host = (first.address() as { address: string }).address;
    const failure = await listenOn('httpStream', second, { host, port }).catch((e: unknown) => e);
    expect(isMillraceError(failure, 'MR_LISTEN')).toBe(true);
    expect((failure as Error).message).toContain(`${port}: the port is taken`);
    expect([first, second].map((server) => server.listenerCount('error'))).toEqual([0, 0]);
    first.close();
  });
});

describe('secrets', () => {
  it('compares tokens of any length', () => {
    expect(sameToken('s3cret', 's3cret')).toBe(true);
    expect(sameToken(Buffer.from('s3cret'), 's3cret')).toBe(true);
    for (const wrong of ['', 's3cre', 's3cret ', 'S3CRET']) expect(sameToken(wrong, 's3cret')).toBe(false);
  });

  it('never shows a token that is refused', () => {
    for (const auth of [{ token: '' }, { token: 5 }, 's3cret', null, { token: 's3cret', tokn: 's3cret' }]) {
      try {
        checkedToken('x: auth', auth as never);
        expect.unreachable();
      } catch (e) {
        expect(isMillraceError(e, 'MR_OPTION')).toBe(true);
        expect(JSON.stringify([(e as Error).message, e])).not.toContain('s3cret');
        expect((e as Error).message).toMatch(
          (auth as { tokn?: string } | null)?.tokn === undefined ? 'must be { token }' : 'tokn must go',
        );
      }
    }
  });

  it('shows addresses without them', () => {
    expect(shownUrl('wss://me:pw@example.org:8443/a/b?key=s3cret&x=1#s3cret')).toBe(
      'wss://example.org:8443/a/b?key=…&x=…',
    );
    expect(shownUrl('s3cret')).toBe('(no valid address)');
  });

  it('cleans errors of others', () => {
    const url = 'ws://me:p%40ss@host/feed?key=s3cret.+&n=1';
    const cause = Object.assign(new Error(`cannot reach ${url}, me:p@ss, s3cret.+, n=1`), { code: 'ENOTFOUND' });
    const clean = withoutSecrets(cause, secretsOf(url));
    expect(clean.message).toBe('cannot reach ws://…:…@host/feed?…, …:…, …, n=1');
    expect((clean as NodeJS.ErrnoException).code).toBe('ENOTFOUND');
    expect(JSON.stringify([clean.stack, clean.cause ?? null])).not.toMatch(/p@ss|p%40ss|s3cret/);
    expect(withoutSecrets('text', []).message).toBe('text');
  });
});
