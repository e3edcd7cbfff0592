/** Where progress goes; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR = 24;
/** So much of a run has to be over before anything is said of the rest. */
const LEAST_KNOWN = 0.05;
/** Milliseconds between two repaints. */
const REPAINT_MS = 80;

/**
 * Tells how far a run is: one line that is painted over at a terminal, a plain line at the beginning and the end of each
 * suite elsewhere.
 */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #suites: number;
  readonly #started = performance.now();
  #suite = 0;
  #title = '';
  #suiteStarted = 0;
  #painted = 0;

  constructor(stream: ProgressStream, suites: number) {
    this.#stream = stream;
    this.#suites = suites;
  }

  /** A suite begins. */
  begin(title: string): void {
    this.#suite += 1;
    this.#title = title;
    this.#suiteStarted = performance.now();
    this.#painted = 0;
    if (this.#stream.isTTY) this.update(0, 'starting');
    else this.#stream.write(`${this.#label()} …\n`);
  }

  /** The suite is so far (0 to 1) and does that. */
  update(done: number, doing: string): void {
    if (!this.#stream.isTTY) return;
    const now = performance.now();
    if (now - this.#painted < REPAINT_MS) return;
    this.#painted = now;
    const whole = (this.#suite - 1 + Math.min(1, done)) / this.#suites;
    const filled = Math.round(whole * BAR);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
    const text = `${bar} ${this.#seconds(this.#started)}${this.#left(whole, now, done >= 1)} ${this.#label()}: ${doing}`;
    this.#stream.write(`\r\x1b[2K${text.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** The suite has ended. */
  end(outcome: string): void {
    const line = `${this.#label()}: ${outcome}, ${this.#seconds(this.#suiteStarted)}\n`;
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[2K${line}` : line);
  }

  /**
   * How long it goes on if it goes on like this; nothing while that is a guess.
   * @param isLonger whether the suite has made all runs that it must, and goes on until its intervals are narrow: nobody knows how long
   */
  #left(whole: number, now: number, isLonger: boolean): string {
    if (whole < LEAST_KNOWN || (isLonger && whole >= 1)) return '';
    const seconds = (((now - this.#started) / 1000) * (1 - whole)) / whole;
    const time = seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
    return isLonger ? `, at least ${time} left` : `, ${time} left`;
  }

  #label(): string {
    return `[${this.#suite}/${this.#suites}] ${this.#title}`;
  }

  #seconds(since: number): string {
    return `${((performance.now() - since) / 1000).toFixed(1)} s`;
  }
}
