import { LOOP_TITLE } from '../harness/contenders.ts';

/** Colours of a page. */
export interface Theme {
  readonly name: 'light' | 'dark';
  readonly back: string;
  readonly panel: string;
  readonly text: string;
  readonly soft: string;
  readonly grid: string;
  readonly pass: string;
  readonly miss: string;
  /** Of a heat map, from the least figure to the most: one hue that gets darker or lighter all the way, so that it can be read without seeing colours. */
  readonly heat: readonly string[];
}

/** Both, in the order in which the page holds its charts. */
export const themes: readonly Theme[] = [
  {
    name: 'light',
    back: '#ffffff',
    panel: '#f6f8fa',
    text: '#1f2328',
    soft: '#59636e',
    grid: '#e4e8ec',
    pass: '#0072b2',
    miss: '#d55e00',
    heat: ['#eef4fa', '#b7d4ea', '#66a5d4', '#1f6fb0', '#08315c'],
  },
  {
    name: 'dark',
    back: '#0d1117',
    panel: '#161b22',
    text: '#e6edf3',
    soft: '#9198a1',
    grid: '#262c36',
    pass: '#56b4e9',
    miss: '#e69f00',
    heat: ['#1c2733', '#1f4a75', '#3578b5', '#74b3e6', '#dbeeff'],
  },
];

/** Okabe and Ito's palette, which people with any colour vision can tell apart. */
const PALETTE = ['#0072b2', '#d55e00', '#56b4e9', '#e69f00', '#009e73', '#cc79a7', '#f0e442'] as const;
/** What is written by hand, and all others where there are more than colours. */
const GREY = '#8a8f98';

/** What a contender runs on: `single` of `single: p50`. */
const runsOn = (contender: string): string => contender.split(': ', 1)[0]!;

/** A colour for what each contender of a report runs on: the same on all its charts. */
export class Colours {
  readonly #colours = new Map<string, string>([[LOOP_TITLE, GREY]]);

  /** @param titles of all contenders, in the order of the report */
  constructor(titles: Iterable<string>) {
    for (const contender of titles) {
      const title = runsOn(contender);
      if (this.#colours.has(title)) continue;
      this.#colours.set(title, PALETTE[this.#colours.size - 1] ?? GREY);
    }
  }

  of(contender: string): string {
    return this.#colours.get(runsOn(contender)) ?? GREY;
  }
}
