import { expect, it } from 'vitest';
import type { HeatMap } from '../suite.ts';
import { colourAt, contrast, inkOn, luminance } from './colour-scale.ts';
import { heatChart } from './heat-chart.ts';
import { heatTable } from './heat-table.ts';
import { themes } from './theme.ts';

const map: HeatMap = {
  suite: 's',
  title: 'How even it is',
  x: { title: 'skew', labels: ['0', '1', '2'] },
  y: { title: 'operator', labels: ['join', 'group|by', 'none'] },
  value: { title: 'max over mean', unit: '×', scale: 'log' },
  maps: [
    {
      contender: 'auto',
      cells: [
        [1, 1.01, 1.25],
        [1, null, 1.5],
        [null, null, null],
      ],
    },
    {
      contender: 'hash',
      cells: [
        [1, 2, 4],
        [1, 3, 8],
        [null, null, null],
      ],
    },
  ],
};
const [light, dark] = themes as [(typeof themes)[0], (typeof themes)[0]];
/** Colours of the cells, in the order of the figures. */
const coloursOf = (svg: string) =>
  [...svg.matchAll(/<path d="M[^"]*Z" fill="([^"]+)"[^>]*stroke=/g)].map(([, fill]) => fill!);

it('has the figure of each cell, and nothing where nothing was measured', () => {
  const svg = heatChart(map, light);
  for (const text of ['auto', 'hash', 'join', 'group|by', '1.01', '1.25', '1.50', '8.00'])
    expect(svg).toContain(`>${text}<`);
  expect(svg.match(/>1\.00</g)).toHaveLength(4);
  expect(coloursOf(svg)).toHaveLength(11);
});

it('has one scale for all its maps', () => {
  const of = (maps: HeatMap['maps']) => coloursOf(heatChart({ ...map, maps }, light));
  const [auto, hash] = map.maps as [HeatMap['maps'][0], HeatMap['maps'][0]];
  // 1.5 is the most of its own map, and far from the most of both.
  expect(of([auto]).at(-1)).not.toBe(of([auto, hash])[4]);
  expect(of([hash])).toEqual(of([auto, hash]).slice(5));
});

it('has its colours by logarithms where it says so, and not where a figure has none', () => {
  const at = (scale: 'log' | 'linear', first: number) => {
    const maps = [{ contender: 'a', cells: [[first, 4, 16]] }];
    const y = { title: 'y', labels: ['y'] };
    return coloursOf(heatChart({ ...map, y, value: { ...map.value, scale }, maps }, light))[1];
  };
  expect(at('log', 1)).not.toBe(at('linear', 1));
  expect(at('log', 0)).toBe(at('linear', 0));
});

it('is drawn where all figures are the same, and where there are none', () => {
  const same = map.maps.map((each) => ({ ...each, cells: each.cells.map((list) => list.map(() => 2)) }));
  expect(heatChart({ ...map, maps: same }, dark)).not.toContain('NaN');
  expect(heatChart({ ...map, maps: [] }, dark)).toContain('<svg');
});

it('puts maps into lines of the same length where one has no room for all', () => {
  const four = Array.from({ length: 4 }, (_, i) => ({ ...map.maps[0]!, contender: `c${i}` }));
  const labels = Array.from({ length: 9 }, (_, i) => `${i}`);
  const cells = map.y.labels.map(() => labels.map((_, i) => i + 1));
  const wide = { ...map, x: { title: 'x', labels }, maps: four.map((each) => ({ ...each, cells })) };
  const tops = [...heatChart(wide, light).matchAll(/translate\([\d.]+ ([\d.]+)\)"[^>]*>c\d</g)].map(([, top]) => top);
  expect(tops).toHaveLength(4);
  expect(new Set(tops).size).toBe(2);
});

it('gets darker or lighter all the way, with figures that can be read', () => {
  for (const { heat } of themes) {
    const steps = Array.from({ length: 41 }, (_, i) => colourAt(heat, i / 40));
    const bright = steps.map(luminance);
    const sorted = [...bright].sort((a, b) => a - b);
    expect([sorted, sorted.toReversed()]).toContainEqual(bright);
    for (const step of steps) {
      const ink = luminance(colourAt([inkOn(step), inkOn(step)], 0));
      expect(contrast(ink, luminance(step))).toBeGreaterThanOrEqual(4.5);
    }
  }
});

it('is a table in Markdown, whose rows have a figure', () => {
  expect(heatTable(map)).toBe(`How even it is, ×. skew across, operator down:

| | operator | 0 | 1 | 2 |
|---|---|--:|--:|--:|
| auto | join | 1.00 | 1.01 | 1.25 |
| auto | group\\|by | 1.00 |  | 1.50 |
| hash | join | 1.00 | 2.00 | 4.00 |
| hash | group\\|by | 1.00 | 3.00 | 8.00 |`);
});
