import { HeatmapChart } from 'echarts/charts';
import { GridComponent, TitleComponent, VisualMapContinuousComponent } from 'echarts/components';
import { use } from 'echarts/core';
import type { CellMap, HeatMap } from '../suite.ts';
import { base, FONT, render, WIDTH } from './chart-parts.ts';
import { colourAt, inkOn } from './colour-scale.ts';
import { compact, withUnit } from './format.ts';
import type { Theme } from './theme.ts';

use([HeatmapChart, GridComponent, TitleComponent, VisualMapContinuousComponent]);

/** Room for a figure of four characters, which most have. */
const LEAST_CELL = 28;
const MOST_CELL = 56;
const ROW_HEIGHT = 25;
const GAP = 14;
/** Above the cells of a map: its contender, and the labels across. */
const HEAD = 46;
/** Below the last one: what stands across, and the scale. */
const FOOT = 48;
/** Text cannot be measured here: widths are those of a wide font. */
const LETTER = 7;

/** Where a map stands. */
interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Whether the labels down stand beside it: they are the same for all of a line. */
  readonly isFirst: boolean;
}

/** Maps of cells side by side on one scale of colours, as many in a line as there is room for. */
export function heatChart({ x, y, value, maps }: HeatMap, theme: Theme): string {
  const left = 20 + LETTER * Math.max(...y.labels.map(({ length }) => length));
  const places = placesOf(maps, { left, columns: x.labels.length, rows: y.labels.length });
  const last = places.at(-1);
  const bottom = last === undefined ? HEAD : last.top + last.height;
  const { of, least, most } = scaleOf(maps, value.scale);
  const share = (figure: number) => (most === least ? 0 : (of(figure) - of(least)) / (of(most) - of(least)));
  const text = { fontFamily: FONT, fontSize: 12 } as const;
  return render(bottom + FOOT, {
    ...base(theme),
    title: [
      ...places.map((place, i) => ({
        text: maps[i]!.contender,
        left: place.left - 5,
        top: place.top - HEAD,
        textStyle: { ...text, color: theme.text, fontWeight: 600 },
      })),
      {
        text: `across: ${x.title}; down: ${y.title}`,
        left: left - 5,
        top: bottom + 20,
        textStyle: { ...text, color: theme.soft, fontWeight: 400 },
      },
    ],
    grid: places.map(({ isFirst: _, ...place }) => ({ ...place, outerBoundsMode: 'none' })),
    xAxis: places.map((_, gridIndex) => ({
      gridIndex,
      ...labels(x.labels, { ...text, color: theme.soft }, true),
      position: 'top',
    })),
    yAxis: places.map(({ isFirst }, gridIndex) => ({
      gridIndex,
      ...labels(y.labels, { ...text, color: theme.text }, isFirst),
      inverse: true,
    })),
    visualMap: {
      type: 'continuous',
      orient: 'horizontal',
      right: 0,
      top: bottom + 10,
      min: 0,
      max: 1,
      itemWidth: 12,
      itemHeight: 120,
      inRange: { color: [...theme.heat] },
      text: [compact(most), `${withUnit(value.title, value.unit)}: ${compact(least)}`],
      textStyle: { ...text, color: theme.soft },
    },
    series: maps.map(({ cells }, i) => ({
      type: 'heatmap',
      xAxisIndex: i,
      yAxisIndex: i,
      itemStyle: { borderColor: theme.panel, borderWidth: 1 },
      data: cells.flatMap((list, row) =>
        list.flatMap((figure, column) => {
          if (figure === null) return [];
          const at = share(figure);
          const label = {
            show: true,
            formatter: compact(figure),
            color: inkOn(colourAt(theme.heat, at)),
            fontFamily: FONT,
            fontSize: 11,
          };
          return [{ value: [column, row, at], label }];
        }),
      ),
    })),
  });
}

/** In lines from left to right, with cells as wide as they all can be. */
function placesOf(
  maps: readonly CellMap[],
  { left, columns, rows }: { readonly left: number; readonly columns: number; readonly rows: number },
): Place[] {
  const room = WIDTH - left;
  const most = Math.max(1, Math.floor(room / (columns * LEAST_CELL + GAP)));
  // Lines of the same length look better than a full one with a rest.
  const inLine = Math.ceil(maps.length / Math.ceil(maps.length / most));
  const width = Math.min(MOST_CELL * columns, Math.floor(room / inLine) - GAP);
  const height = rows * ROW_HEIGHT;
  return maps.map((_, i) => {
    const [line, at] = [Math.floor(i / inLine), i % inLine];
    return {
      left: left + at * (width + GAP),
      top: HEAD + line * (height + HEAD + GAP),
      width,
      height,
      isFirst: at === 0,
    };
  });
}

/** The least and the most of all figures, and where a figure lies on the scale. What is not above 0 has no logarithm: such figures have a linear one. */
function scaleOf(maps: readonly CellMap[], scale: HeatMap['value']['scale'] = 'linear') {
  const figures = maps.flatMap(({ cells }) => cells.flat()).filter((figure) => figure !== null);
  const [least, most] = figures.length === 0 ? [0, 0] : [Math.min(...figures), Math.max(...figures)];
  const of = scale === 'log' && least > 0 ? Math.log : (figure: number) => figure;
  return { of, least, most };
}

function labels(data: readonly string[], style: { readonly color: string }, isShown: boolean) {
  return {
    type: 'category',
    data: [...data],
    axisTick: { show: false },
    axisLine: { show: false },
    splitLine: { show: false },
    axisLabel: { ...style, show: isShown, interval: 0, margin: 6 },
  };
}
