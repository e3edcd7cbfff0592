import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '../../../tools/services/chromium.ts';
import { start, stop } from '../../../tools/services/control.ts';
import { runningService } from '../../../tools/services/running.ts';

/** A real browser: the one that `npm run services -- start chromium` runs, else one that is started for the test. */
export class Browser {
  readonly #port: number;
  readonly #scratch: string | null;
  readonly #pages = new Set<Page>();

  private constructor(port: number, scratch: string | null) {
    this.#port = port;
    this.#scratch = scratch;
  }

  /** Null where there is none on this machine. */
  static async open(): Promise<Browser | null> {
    const running = runningService(chromium.name);
    if (running !== null) return new Browser(Number(running.facts['port']), null);
    if (chromium.program() === null) return null;
    const scratch = mkdtempSync(join(tmpdir(), 'millrace-browser-'));
    const own = await start(chromium, scratch);
    return new Browser(Number(own?.facts['port']), scratch);
  }

  async close(): Promise<void> {
    for (const page of this.#pages) await page.close();
    if (this.#scratch === null) return;
    await stop(chromium, this.#scratch);
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  /** Opens a page in a tab of its own. */
  async page(url: string): Promise<Page> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/json/new?${encodeURIComponent(url)}`, { method: 'PUT' });
    const { id, webSocketDebuggerUrl } = (await answer.json()) as { id: string; webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', reject, { once: true });
    });
    const close = `http://127.0.0.1:${this.#port}/json/close/${id}`;
    const page = new Page(socket, async () => {
      this.#pages.delete(page);
      await fetch(close);
    });
    this.#pages.add(page);
    return page;
  }
}

/** A tab. */
export class Page {
  readonly #socket: WebSocket;
  readonly #closeTab: () => Promise<void>;
  readonly #answers = new Map<number, (answer: any) => void>();
  #asked = 0;

  constructor(socket: WebSocket, closeTab: () => Promise<void>) {
    this.#socket = socket;
    this.#closeTab = closeTab;
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data));
      this.#answers.get(answer.id)?.(answer);
      this.#answers.delete(answer.id);
    });
  }

  /** Resolves when an element has a text. */
  async shows(selector: string, text: string): Promise<void> {
    while ((await this.text(selector)) !== text) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Null where there is no such element, or no page yet. */
  text(selector: string): Promise<string | null> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? null`);
  }

  /** The value of an expression within the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result } = await this.#ask('Runtime.evaluate', { expression, returnByValue: true });
    return result?.result?.value as T;
  }

  /** A PNG of what a person would see. */
  async screenshot(): Promise<Buffer> {
    const { result } = await this.#ask('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(result.data, 'base64');
  }

  async reload(): Promise<void> {
    await this.#ask('Page.reload', {});
  }

  async close(): Promise<void> {
    await this.#closeTab();
    this.#socket.close();
  }

  #ask(method: string, params: object): Promise<any> {
    const id = ++this.#asked;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => this.#answers.set(id, resolve));
  }
}
