import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A piece of TypeScript that documentation shows. */
export interface Example {
  /** File, from the root of the repository, and the line on which the code begins. */
  readonly path: string;
  readonly line: number;
  readonly code: string;
}

/** What one section of a page shows: files of one folder, the last of them the program if an output follows. */
export interface PageProgram {
  readonly files: readonly { readonly name: string; readonly example: Example }[];
  /** What the program prints, null for code that is shown without its output. */
  readonly output: string | null;
}

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Pages whose examples are compiled and run. */
export function pages(): string[] {
  const below = (folder: string, ending: string): string[] =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith(ending) && !/node_modules|\/dist\//.test(path));
  return ['README.md', 'CONTRIBUTING.md', ...below('docs', '.md'), ...below('packages', '/README.md')].sort();
}

/** The ```ts blocks of a page, by section. A block that begins with `// name.ts` is that file, for the others to import. */
export function programsOf(path: string, text = readFileSync(`${root}/${path}`, 'utf8')): PageProgram[] {
  const programs: PageProgram[] = [];
  let files: { name: string; example: Example }[] = [];
  const close = (output: string | null) => {
    if (files.length > 0) programs.push({ files, output });
    files = [];
  };
  for (const { language, line, code } of fences(text)) {
    if (language === 'heading') close(null);
    if (language === 'text' && files.length > 0) close(code);
    if (language !== 'ts') continue;
    const name = /^\/\/ ([\w-]+\.ts)\n/.exec(code)?.[1] ?? null;
    // A block without a name after another one is an example of its own.
    if (name === null && files.some((f) => f.name === 'main.ts')) close(null);
    files.push({ name: name ?? 'main.ts', example: { path, line, code } });
  }
  close(null);
  return programs;
}

function fences(text: string): { language: string; line: number; code: string }[] {
  const found: { language: string; line: number; code: string }[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    if (/^#+ /.test(lines[i]!)) found.push({ language: 'heading', line: i + 1, code: '' });
    const language = /^```(\w*)/.exec(lines[i]!)?.[1];
    if (language === undefined) continue;
    const from = ++i;
    while (i < lines.length && !lines[i]!.startsWith('```')) i++;
    found.push({ language, line: from + 1, code: `${lines.slice(from, i).join('\n')}\n` });
  }
  return found;
}

/** The code behind each `@example` of a file's comments. @throws Error for an `@example` without any */
export function examplesOf(path: string, text = readFileSync(`${root}/${path}`, 'utf8')): Example[] {
  const examples: Example[] = [];
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const first = lineAt(text, comment.index);
    const lines = comment[0].split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
    for (let i = 0; i < lines.length; i++) {
      if (!lines[i]!.startsWith('@example')) continue;
      while (i < lines.length && !lines[i]!.startsWith('```')) i++;
      if (lines[i] !== '```ts') throw new Error(`${path}:${first}: @example without a \`\`\`ts block`);
      const from = ++i;
      while (i < lines.length && !lines[i]!.startsWith('```')) i++;
      examples.push({ path, line: first + from, code: `${lines.slice(from, i).join('\n')}\n` });
    }
  }
  return examples;
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

/** Import statements of a program, and the program with blank lines in their place. */
export function splitImports(code: string): { imports: string; body: string } {
  let imports = '';
  const body = code.replace(/^import [^;]*;$/gm, (statement) => {
    imports += `${statement}\n`;
    return statement.replace(/[^\n]/g, '');
  });
  return { imports, body };
}

/** Names that a program declares at its top or imports. */
export function declaredNames(code: string): Set<string> {
  const names = new Set<string>();
  const add = (list: string) => {
    for (const part of list.split(',')) {
      const name = /(\w+)\s*(?:=.*)?$/.exec(part.replace(/\btype\b/, '').trim())?.[1];
      if (name !== undefined) names.add(name);
    }
  };
  for (const [, braces, star, single] of code.matchAll(
    /^import (?:type )?(?:\w+, )?(?:\{([^}]*)\}|\* as (\w+)|(\w+))/gm,
  ))
    add(braces ?? star ?? single ?? '');
  for (const [, braces, single] of code.matchAll(
    /^(?:export )?(?:declare )?(?:async )?(?:const|let|class|function\*?|interface|type) (?:\{([^}]*)\}|\[[^\]]*\]|(\w+))/gm,
  )) {
    add(braces ?? single ?? '');
  }
  return names;
}
