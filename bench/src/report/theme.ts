import { CONTENDER_TITLES, type ContenderId } from '../harness/contenders.ts';

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
  },
];

/** Okabe and Ito's palette, which people with any colour vision can tell apart. */
const COLOURS: Readonly<Record<ContenderId, string>> = {
  loop: '#8a8f98',
  single: '#0072b2',
  serialize: '#56b4e9',
  threads1: '#e69f00',
  threads2: '#d55e00',
  'single+checkpoint': '#009e73',
  'serialize+checkpoint': '#009e73',
  'threads1+checkpoint': '#cc79a7',
  'threads2+checkpoint': '#cc79a7',
};

/** The colour of a row: its contender's, the floor's grey for what is no contender. */
export function colourOf(title: string): string {
  const ids = Object.keys(CONTENDER_TITLES) as ContenderId[];
  const found = ids.filter((id) => title.startsWith(CONTENDER_TITLES[id]));
  // "single, serialized" begins with "single", too: the longest name wins.
  const [best] = found.sort((a, b) => CONTENDER_TITLES[b].length - CONTENDER_TITLES[a].length);
  return COLOURS[best ?? 'loop'];
}
