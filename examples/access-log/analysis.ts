import { type DStream, minutes, seconds } from '@millrace/core';

/** A request, as the common log format tells of it. */
interface Request {
  readonly path: string;
  readonly status: number;
}

const LINE = /^\S+ \S+ \S+ \[[^\]]+\] "[A-Z]+ (\S+) [^"]*" (\d{3}) /;

/** Lines that are no requests give nothing. */
function parse(line: string): Request[] {
  const [, path, status] = LINE.exec(line) ?? [];
  return path === undefined ? [] : [{ path, status: Number(status) }];
}

/** What was asked for in the last minute, every twenty seconds. What leaves the minute is subtracted, nothing is counted again. */
export function analyse(lines: DStream<string>) {
  const requests = lines.flatMap(parse);
  const inLastMinute = (stream: DStream<string>) => stream.countByValueAndWindow(minutes(1), seconds(20));
  return {
    statuses: inLastMinute(requests.map(({ status }) => `${Math.floor(status / 100)}xx`)),
    paths: inLastMinute(requests.map(({ path }) => path)),
  };
}
