import { LineChart } from 'echarts/charts';
import { LegendComponent } from 'echarts/components';
import { type EChartsCoreOption, use } from 'echarts/core';
import type { Axis, Series } from '../suite.ts';
import { base, FONT, render } from './chart-parts.ts';
import { compact, withUnit } from './format.ts';
import type { Colours, Theme } from './theme.ts';

use([LineChart, LegendComponent]);

const HEIGHT = 300;
/** Besides colours, for who cannot tell them apart. */
const DASHES = ['solid', 'dashed', 'dotted'] as const;
const SYMBOLS = ['circle', 'triangle', 'diamond', 'rect'] as const;
/** More points than these need no symbols. */
const FEW_POINTS = 40;

/** Lines over an axis, with a legend and with what happened where. */
export function lineChart({ x, y, lines, marks = [] }: Series, theme: Theme, colours: Colours): string {
  const option: EChartsCoreOption = {
    ...base(theme),
    grid: { left: 70, right: 24, top: 34, bottom: 48 },
    legend: { top: 0, left: 60, textStyle: { color: theme.text, fontFamily: FONT }, icon: 'roundRect', itemHeight: 3 },
    xAxis: axis(x, theme, 28),
    yAxis: axis(y, theme, 52),
    series: lines.map(({ contender, points }, i) => ({
      type: 'line',
      name: contender,
      data: points.map((point) => [...point]),
      showSymbol: points.length <= FEW_POINTS,
      symbol: SYMBOLS[i % SYMBOLS.length],
      symbolSize: 7,
      lineStyle: { width: 2, color: colours.of(contender), type: DASHES[i % DASHES.length] },
      itemStyle: { color: colours.of(contender) },
      ...(i > 0 || marks.length === 0
        ? {}
        : {
            markLine: {
              silent: true,
              symbol: 'none',
              lineStyle: { color: theme.soft, type: 'dashed', width: 1 },
              label: { formatter: ({ name }: { name: string }) => name, color: theme.soft, fontFamily: FONT },
              data: marks.map((mark) => ({ xAxis: mark.x, name: mark.label })),
            },
          }),
    })),
  };
  return render(HEIGHT, option);
}

function axis({ title, unit, scale = 'linear' }: Axis, theme: Theme, nameGap: number) {
  return {
    type: scale === 'log' ? 'log' : 'value',
    name: withUnit(title, unit),
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { color: theme.soft, fontFamily: FONT, fontSize: 12 },
    axisLabel: {
      color: theme.soft,
      fontFamily: FONT,
      formatter: (v: number) => compact(v).replace(/\.0+(?=\D|$)/, ''),
    },
    axisLine: { lineStyle: { color: theme.soft } },
    splitLine: { lineStyle: { color: theme.grid } },
  };
}
