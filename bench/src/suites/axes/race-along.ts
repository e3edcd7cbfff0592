import {
  type Axis,
  type Contender,
  type Laps,
  type RaceOptions,
  type Row,
  race,
  type Series,
  type SuiteContext,
  throughputRows,
} from '@millrace/bench';

/** Where on an axis a race is run. */
export interface AxisPoint extends RaceOptions {
  readonly x: number;
  /** The value as rows show it. */
  readonly said: string;
  /** Records of a run. */
  readonly records: number;
  readonly contenders: readonly Contender[];
}

/** What a suite of an axis is. */
export interface AxisRace {
  readonly suite: string;
  readonly title: string;
  readonly axis: Axis;
  /** Ascending. Points are made when it is their turn, since each may fill memory. */
  readonly points: readonly (() => AxisPoint)[];
}

/** What was found along an axis. */
export interface AxisResult {
  readonly rows: readonly Row[];
  readonly series: Series;
  readonly points: readonly { readonly x: number; readonly laps: Laps }[];
}

/** A race at each point of an axis, one after the other: rows for each, and a line for each contender. */
export async function raceAlong({ suite, title, axis, points }: AxisRace, context: SuiteContext): Promise<AxisResult> {
  const rows: Row[] = [];
  const raced: { readonly x: number; readonly laps: Laps }[] = [];
  const lines = new Map<string, [number, number][]>();
  for (const [i, make] of points.entries()) {
    const { x, said, records, contenders, bigHeap = false } = make();
    const progress: SuiteContext['progress'] = (done, doing) =>
      context.progress((i + done) / points.length, `${said}: ${doing}`);
    const laps = await race(contenders, { ...context, progress }, { bigHeap });
    raced.push({ x, laps });
    for (const row of throughputRows(suite, laps, records)) {
      rows.push({ ...row, metric: `throughput, ${said}` });
      const line = lines.get(row.contender) ?? [];
      line.push([x, row.value]);
      lines.set(row.contender, line);
    }
  }
  const series: Series = {
    suite,
    title,
    x: axis,
    y: { title: 'throughput', unit: 'records/s', scale: 'log' },
    lines: Array.from(lines, ([contender, line]) => ({ contender, points: line })),
  };
  return { rows, series, points: raced };
}
