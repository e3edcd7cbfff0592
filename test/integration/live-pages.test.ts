import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { single } from '@millrace/backend-single';
import { StreamingContext, seconds } from '@millrace/core';
import { ManualClock, runBatches } from '@millrace/core/testing';
import { toServerSentEvents } from '@millrace/sinks/server-sent-events';
import { toWebSocketServer } from '@millrace/sinks/web-socket';
import { httpStream } from '@millrace/sources/http';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Browser } from './kit/browser.ts';
import { closeAll, listening } from './kit/http-server.ts';
import { until } from './kit/until.ts';

/* What is posted over HTTP, counted in a window, on a page in a real browser: by server-sent events and by a WebSocket. */

const PAGE = readFileSync(new URL('./live-pages.html', import.meta.url));

let browser: Browser | null = null;
let ssc: StreamingContext | null = null;

beforeAll(async () => {
  browser = await Browser.open();
  if (browser === null)
    console.warn('skipped: live pages need a browser; `npm run services -- start chromium` installs one');
});

afterAll(() => browser?.close());

afterEach(async () => {
  await ssc?.stop();
  await closeAll();
});

test('a page shows each window as it ends, also after a reload and after its connection was cut', async ({ skip }) => {
  if (browser === null) return skip('there is no browser');
  const clock = new ManualClock();
  ssc = new StreamingContext(single(), seconds(1), { clock, warn: () => {} });
  const visits = httpStream<{ page: string }>(ssc, { port: 0 });
  const counts = visits.map(({ page }) => [page, 1]).reduceByKeyAndWindow((a, b) => a + b, seconds(3));
  const { server, url } = await listening(createServer((_, response) => response.end(PAGE)));
  const shared = { server, insecure: true, replayLast: true };
  const events = toServerSentEvents(counts, { ...shared, path: '/events' });
  const sockets = toWebSocketServer(counts, { ...shared, path: '/sockets' });
  await ssc.start();
  const { url: postTo } = await visits.listening;

  const visit = async (...pages: string[]) => {
    const body = JSON.stringify(pages.map((page) => ({ page })));
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(postTo, { method: 'POST', headers, body })).status).toBe(202);
  };
  const second = () => runBatches(ssc as StreamingContext, clock, 1);

  const page = await browser.page(url);
  const bothShow = async (text: string) => {
    await page.shows('#events', text);
    await page.shows('#sockets', text);
  };
  await until(() => events.clients === 1 && sockets.clients === 1);
  await visit('home', 'cart', 'home');
  await second();
  await bothShow('cart 1, home 2');
  await visit('home');
  await second();
  await bothShow('cart 1, home 3');
  await second();
  await second();
  await bothShow('home 1');
  expect(await page.text('#event-times')).toBe('1 2 3 4 ');
  expect(await page.text('#socket-times')).toBe('1 2 3 4 ');
  const png = await page.screenshot();
  expect(png.subarray(1, 4).toString()).toBe('PNG');

  await page.reload();
  await page.shows('#event-times', '4 ');
  await bothShow('home 1');

  // The page's browser comes back by itself and asks for what it has missed; for a WebSocket the page would have to.
  server.closeAllConnections();
  await until(() => events.clients === 0);
  await visit('help');
  await second();
  await visit('help');
  await second();
  await page.shows('#event-times', '4 5 6 ');
  await page.shows('#events', 'help 2');

  await page.close();
  await until(() => events.clients === 0 && sockets.clients === 0);
  await second();
  expect(events.dropped + sockets.dropped).toBe(0);
});
