import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Theme } from './theme.ts';

use([SVGRenderer]);

/** Of all charts, in pixels. */
export const WIDTH = 760;
/** Of all text in charts, and of the page. */
export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** What all charts have. */
export function base(theme: Theme): EChartsCoreOption {
  return { animation: false, backgroundColor: 'transparent', textStyle: { fontFamily: FONT, color: theme.text } };
}

/** A chart as SVG. @param height in pixels */
export function render(height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
