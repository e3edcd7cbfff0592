import {
  BOOLEAN,
  COUNT,
  either,
  LIST,
  NULL,
  NUMBER,
  NUMBERS,
  OBJECT,
  oneOf,
  POSITIVE,
  type Shape,
  TEXT,
  TEXTS,
} from './shape.ts';

/* What `schema.json` says, for messages that name what is wrong: a test keeps them equal. */

/** The fields of a result. */
export const RESULT: Shape = {
  title: TEXT,
  commit: TEXT,
  dirty: either(BOOLEAN, NULL),
  changes: [TEXT, 'or left out'],
  file: [TEXT, 'or left out'],
  engine: [TEXT, 'or left out'],
  harness: [TEXT, 'or left out'],
  node: TEXT,
  v8: TEXT,
  cpus: NUMBER,
  cpuModel: TEXT,
  memoryGb: NUMBER,
  platform: TEXT,
  loadBefore: NUMBER,
  date: TEXT,
  command: TEXT,
  nodeFlags: TEXTS,
  leastRuns: [NUMBER, 'or left out'],
  processes: [COUNT, 'or left out'],
  seconds: NUMBER,
  complete: BOOLEAN,
  left: [TEXTS, 'or left out'],
  quick: BOOLEAN,
  method: TEXT,
  ratios: OBJECT,
  suites: LIST,
  rows: LIST,
  series: LIST,
  heatMaps: [LIST, 'or left out'],
};

/** The fields of a value with its interval: what a suite gives of a ratio. */
export const ESTIMATE: Shape = { value: NUMBER, low: NUMBER, high: NUMBER, runs: COUNT };

/** The fields of a ratio in a result. */
export const RATIO: Shape = {
  ...ESTIMATE,
  title: TEXT,
  direction: oneOf('at least', 'at most'),
  bound: NUMBER,
  pass: BOOLEAN,
  command: TEXT,
};

/** The fields of a suite in a result. */
export const SUITE: Shape = {
  id: TEXT,
  title: TEXT,
  group: TEXT,
  about: TEXT,
  seconds: NUMBER,
  command: TEXT,
  failure: [TEXT, 'or left out'],
};

export const ROW: Shape = {
  suite: TEXT,
  contender: TEXT,
  metric: TEXT,
  unit: TEXT,
  better: oneOf('higher', 'lower', 'neither'),
  ...ESTIMATE,
  note: [TEXT, 'or left out'],
  limit: [NUMBER, 'or left out'],
  samples: [NUMBERS, 'or left out'],
  drifted: [BOOLEAN, 'or left out'],
  processes: [NUMBERS, 'or left out'],
  loopMs: [POSITIVE, 'or left out'],
  warmUp: [OBJECT, 'or left out'],
  histogram: [TEXT, 'or left out'],
};

export const WARM_UP: Shape = { runs: COUNT, steady: BOOLEAN };

export const SERIES: Shape = {
  suite: TEXT,
  title: TEXT,
  x: OBJECT,
  y: OBJECT,
  lines: LIST,
  marks: [LIST, 'or left out'],
};

export const AXIS: Shape = { title: TEXT, unit: TEXT, scale: [oneOf('linear', 'log'), 'or left out'] };

const POINTS = {
  words: 'a list of points [x, y], both of them numbers',
  is: (value: unknown) =>
    Array.isArray(value) &&
    value.every((point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite)),
};

export const LINE: Shape = { contender: TEXT, points: POINTS };

export const MARK: Shape = { x: NUMBER, label: TEXT };

export const HEAT_MAP: Shape = { suite: TEXT, title: TEXT, x: OBJECT, y: OBJECT, value: OBJECT, maps: LIST };

export const CHOICES: Shape = { title: TEXT, labels: TEXTS };

const CELLS = {
  words: 'a list of lists of numbers, with null where nothing was measured',
  is: (value: unknown) =>
    Array.isArray(value) &&
    value.every((list) => Array.isArray(list) && list.every((cell) => cell === null || Number.isFinite(cell))),
};

export const CELL_MAP: Shape = { contender: TEXT, cells: CELLS };
