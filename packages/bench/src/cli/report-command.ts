import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { markdownPage } from '../report/markdown.ts';
import { readResult } from './read-result.ts';

/** What the command line says. */
interface Options {
  readonly title: string;
  readonly out?: string;
}

/** `millrace-bench report RESULT...`: results that are kept, as a page of documentation. */
export function reportCommand(command: Command, ended: (code: number) => void): void {
  command
    .description('writes several results as one page of Markdown')
    .argument('<results...>', 'JSON of runs, in the order of the page')
    .option('--title <text>', 'heads the page', 'Benchmarks')
    .option('--out <file>', 'where the page goes; left out: to standard output')
    .action(async (paths: readonly string[], { title, out }: Options) => {
      const reports = [];
      for (const path of paths) reports.push({ name: basename(path, '.json'), report: await readResult(path) });
      const page = markdownPage(reports, { title, introduction: introduction() });
      if (out === undefined) process.stdout.write(page);
      else await writeFile(resolve(out), page);
      ended(0);
    });
}

/** How the run was started, where that is not `millrace-bench report`. */
const BASE = 'MILLRACE_BENCH_COMMAND';

function introduction(): string {
  const command = `${process.env[BASE] ?? 'millrace-bench'} report`;
  return `This page is generated from result files by \`${command}\`: no figure on it was written by hand. Below each heading stands the command
that measures it again. Machines differ, and this one was shared: compare figures of one chapter, which come from one run, and
not those of two.`;
}
