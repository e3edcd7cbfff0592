import { expect, it } from 'vitest';
import { Progress } from './progress.ts';
import { table } from './table.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 60, written, write: (text: string) => written.push(text) };
}

it('writes plain lines where there is no terminal', () => {
  const out = stream(false);
  const progress = new Progress(out, 2);
  progress.begin('Grep');
  progress.update(0.5, 'run 3 of 5');
  progress.end('done');
  expect(out.written).toHaveLength(2);
  expect(out.written[0]).toBe('[1/2] Grep …\n');
  expect(out.written[1]).toMatch(/^\[1\/2\] Grep: done, \d+\.\d s\n$/);
});

it('paints over one line of the terminal, no wider than it is', () => {
  const out = stream(true);
  const progress = new Progress(out, 2);
  progress.begin('A title that is so long that no terminal of sixty columns could show all of it');
  progress.end('done');
  expect(out.written[0]!.startsWith('\r\x1b[2K')).toBe(true);
  expect(out.written[0]!.length).toBeLessThanOrEqual('\r\x1b[2K'.length + 59);
  expect(out.written.at(-1)).toMatch(/done/);
});

it('says how long it goes on, once that can be known', () => {
  const out = stream(true);
  const progress = new Progress({ ...out, columns: 200, write: out.write }, 2);
  progress.begin('Grep');
  progress.end('done');
  progress.begin('Cpu');
  expect(out.written[0]).not.toContain('left');
  expect(out.written.at(-1)).toMatch(/, \d+ s left \[2\/2\] Cpu/);
});

it('aligns columns', () => {
  expect(
    table(
      ['a', 'bb'],
      [
        ['long', '1'],
        ['x', '22'],
      ],
    ),
  ).toBe('a     bb\n────  ──\nlong   1\nx     22');
});

it('knows no end of a suite that has made its runs and goes on', async () => {
  const painted = async (suites: number) => {
    const out = stream(true);
    const progress = new Progress({ ...out, columns: 200, write: out.write }, suites);
    progress.begin('Grep');
    // A line is painted over only now and then.
    const paint = () => {
      progress.update(1, 'run 6');
      return out.written.at(-1);
    };
    await expect.poll(paint).toContain('run 6');
    return out.written.at(-1);
  };
  expect(await painted(1)).not.toContain('left');
  expect(await painted(2)).toMatch(/, at least \d+ s left/);
});
