import { BarChart, CustomChart, type CustomSeriesOption, ScatterChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { use } from 'echarts/core';
import type { Row } from '../suite.ts';
import { base, FONT, render } from './chart-parts.ts';
import { compact, figure, markedName, withUnit } from './format.ts';
import type { ReportedRatio } from './report.ts';
import type { Colours, Theme } from './theme.ts';

use([BarChart, CustomChart, ScatterChart, GridComponent, MarkLineComponent]);

const ROW_HEIGHT = 30;

/** Bars of one metric, one a contender, with intervals. */
export function barChart(rows: readonly Row[], theme: Theme, colours: Colours): string {
  const top = Math.max(...rows.map((r) => r.high));
  const unit = rows[0]!.unit;
  const names = rows.map(markedName);
  return render(rows.length * ROW_HEIGHT + 50, {
    ...base(theme),
    grid: grid(names, 120),
    xAxis: valueAxis(theme, withUnit(rows[0]!.metric, unit), top * 1.02),
    yAxis: categoryAxis(theme, names),
    series: [
      {
        type: 'bar',
        barWidth: 16,
        data: rows.map((r) => ({
          value: r.value,
          itemStyle: { color: colours.of(r.contender), borderRadius: [0, 2, 2, 0] },
        })),
      },
      whiskers(
        rows.map((r, i) => [r.low, r.high, i]),
        theme,
      ),
      // Labels stand behind the whiskers: they belong to an invisible point at the interval's end.
      labels(
        rows.map((r, i) => ({ at: [Math.max(r.high, r.value), i], text: figure(r.value, unit) })),
        theme,
      ),
    ],
  });
}

/** How far each promised ratio is from its bound, on the better side to the right. */
export function ratioChart(ratios: readonly (readonly [id: string, ratio: ReportedRatio])[], theme: Theme): string {
  const relative = ratios.map(([, r]) => {
    const of = (v: number) => (r.direction === 'at least' ? v / r.bound : r.bound / v);
    const ends = [of(r.low), of(r.high)].sort((a, b) => a - b) as [number, number];
    return { value: of(r.value), low: ends[0], high: ends[1] };
  });
  const reach = Math.max(2, ...relative.flatMap((r) => [1 / r.low, r.high])) * 1.1;
  return render(ratios.length * ROW_HEIGHT + 50, {
    ...base(theme),
    grid: grid(
      ratios.map(([id]) => id),
      150,
    ),
    xAxis: {
      ...valueAxis(theme, 'times as good as its bound', reach),
      type: 'log',
      logBase: 2,
      min: 1 / reach,
      axisLabel: {
        color: theme.soft,
        fontFamily: FONT,
        showMinLabel: false,
        showMaxLabel: false,
        formatter: (v: number) => (v < 1 ? `1/${compact(1 / v)}` : compact(v)).replace('.00', ''),
      },
    },
    yAxis: categoryAxis(
      theme,
      ratios.map(([id]) => id),
    ),
    series: [
      whiskers(
        relative.map((r, i) => [r.low, r.high, i]),
        theme,
      ),
      {
        type: 'scatter',
        symbolSize: 13,
        data: relative.map((r, i) => ({
          value: [r.value, i],
          symbol: ratios[i]![1].pass ? 'circle' : 'diamond',
          itemStyle: {
            color: ratios[i]![1].pass ? theme.pass : theme.miss,
            borderColor: theme.back,
            borderWidth: 1,
            opacity: 1,
          },
        })),
        markLine: {
          silent: true,
          symbol: 'none',
          label: { show: false },
          lineStyle: { color: theme.soft, type: 'solid', width: 1.5 },
          data: [{ xAxis: 1 }],
        },
      },
      labels(
        relative.map((r, i) => {
          const { value, bound, direction, pass } = ratios[i]![1];
          const rule = `${direction === 'at least' ? '≥' : '≤'} ${bound}`;
          return { at: [Math.max(r.high, 1), i], text: `${value.toFixed(2)} (${rule})${pass ? '' : ' missed'}` };
        }),
        theme,
      ),
    ],
  });
}

/** Room for the axes. Text cannot be measured here: widths are those of a wide font. */
function grid(categories: readonly string[], right: number) {
  const longest = Math.max(...categories.map((c) => c.length));
  return { left: 14 + longest * 7.5, right, top: 6, bottom: 44, outerBoundsMode: 'none' };
}

function valueAxis(theme: Theme, name: string, max: number) {
  return {
    type: 'value',
    min: 0,
    max,
    name,
    nameLocation: 'middle',
    nameGap: 26,
    nameTextStyle: { color: theme.soft, fontFamily: FONT, fontSize: 12 },
    axisLabel: {
      color: theme.soft,
      fontFamily: FONT,
      formatter: (v: number) => compact(v).replace(/\.0+(?=\D|$)/, ''),
      showMaxLabel: false,
    },
    splitLine: { lineStyle: { color: theme.grid } },
    splitNumber: 4,
  };
}

function categoryAxis(theme: Theme, data: readonly string[]) {
  return {
    type: 'category',
    inverse: true,
    data,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: theme.soft } },
    axisLabel: { color: theme.text, fontFamily: FONT, fontSize: 13, interval: 0 },
  };
}

/** Lines from low to high with caps, at rows of a category axis. */
function whiskers(
  data: readonly (readonly [low: number, high: number, row: number])[],
  theme: Theme,
): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    z: 5,
    data: data.map((d) => [...d]),
    encode: { x: [0, 1], y: 2 },
    renderItem(_params, api) {
      const [x1, y] = api.coord([api.value(0), api.value(2)]) as [number, number];
      const [x2] = api.coord([api.value(1), api.value(2)]) as [number, number];
      const style = { stroke: theme.text, lineWidth: 1.5, fill: 'none' };
      const line = (from: readonly [number, number], to: readonly [number, number]) =>
        ({ type: 'line', shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style }) as const;
      return {
        type: 'group',
        children: [line([x1, y], [x2, y]), line([x1, y - 4], [x1, y + 4]), line([x2, y - 4], [x2, y + 4])],
      };
    },
  };
}

function labels(data: readonly { readonly at: readonly number[]; readonly text: string }[], theme: Theme) {
  return {
    type: 'scatter',
    silent: true,
    symbolSize: 1,
    itemStyle: { color: 'transparent' },
    data: data.map(({ at, text }) => ({
      value: [...at],
      label: {
        show: true,
        position: 'right',
        distance: 8,
        formatter: () => text,
        color: theme.text,
        fontFamily: FONT,
        fontSize: 12,
      },
    })),
  };
}
