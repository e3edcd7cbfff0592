import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apt, find } from './install.ts';
import type { Service } from './service.ts';

/** A browser without a window, spoken to by its debugging port. */
export const chromium: Service = {
  name: 'chromium',
  purpose: 'a browser for live pages',
  program: () =>
    find('chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'),
  install: () => apt('chromium-headless-shell', 'chromium'),
  server: {
    command: (_program, folder) => ({
      args: [
        '--headless',
        '--remote-debugging-port=0',
        `--user-data-dir=${join(folder, 'profile')}`,
        '--no-first-run',
        '--disable-gpu',
        // Containers often give /dev/shm 64 MB.
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        // Chromium's sandbox refuses root, as which containers and CI run. The pages are our own.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        'about:blank',
      ],
    }),
    async ready(folder) {
      const [port] = readFileSync(join(folder, 'profile', 'DevToolsActivePort'), 'utf8').split('\n');
      const { ok } = await fetch(`http://127.0.0.1:${port}/json/version`);
      return ok ? { port: Number(port) } : null;
    },
  },
};
