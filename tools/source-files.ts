import { readdirSync, readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One import, re-export or dynamic import found in a file. */
export interface Import {
  readonly specifier: string;
  /** `import type` and `export type`: gone at run time. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
  readonly line: number;
}

/** A source file whose comments are blanked and whose string literals are replaced by numbers. Lines are kept. */
export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly code: string;
  readonly imports: readonly Import[];
}

const root = fileURLToPath(new URL('..', import.meta.url));
const skipped = new Set(['node_modules', 'dist', 'results', 'consumers', '.git', '.nx']);

/** Every TypeScript file below the folders named, declaration files left out, in a stable order. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  return folders.flatMap(list).map((path) => parseSource(path, readFileSync(`${root}/${path}`, 'utf8')));
}

function list(folder: string): string[] {
  const found: string[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name)) walk(path);
      } else if (/\.[cm]?tsx?$/.test(entry.name) && !/\.d\.[cm]?ts$/.test(entry.name)) {
        found.push(relative(root, path).split(sep).join('/'));
      }
    }
  };
  walk(`${root}/${folder}`);
  return found.sort();
}

export function parseSource(path: string, text: string): SourceFile {
  const { code, strings } = mask(text);
  return { path, code, imports: findImports(code, strings) };
}

/** The 1-based line of a position in a file's code. */
export function lineOf(code: string, position: number): number {
  let line = 1;
  for (let i = 0; i < position; i++) if (code.charCodeAt(i) === 10) line++;
  return line;
}

const clause = String.raw`(?:\*(?:\s*as\s+[\w$]+)?|[\w$]+(?:\s*,\s*(?:\{[^}]*\}|\*\s*as\s+[\w$]+))?|\{[^}]*\})`;
const fromStatement = new RegExp(String.raw`\b(?:import|export)\s+?(type\b\s*)?\s*${clause}\s*from\s*'(\d+)'`, 'g');
const bareImport = /\bimport\s*'(\d+)'/g;
const dynamicImport = /(typeof\s+)?\bimport\s*\(\s*'(\d+)'/g;

function findImports(code: string, strings: string[]): Import[] {
  const found: (Import & { readonly at: number })[] = [];
  const add = (at: number, index: string, typeOnly: boolean, dynamic: boolean): void => {
    found.push({ at, specifier: strings[Number(index)] ?? '', typeOnly, dynamic, line: lineOf(code, at) });
  };
  for (const match of code.matchAll(fromStatement)) add(match.index, match[2]!, match[1] !== undefined, false);
  for (const match of code.matchAll(bareImport)) add(match.index, match[1]!, false, false);
  for (const match of code.matchAll(dynamicImport)) add(match.index, match[2]!, match[1] !== undefined, true);
  return found.sort((a, b) => a.at - b.at).map(({ at, ...rest }) => rest);
}

/** Blanks comments, regular expressions and the text of templates; each string literal becomes `'n'`, n its index. */
function mask(text: string): { code: string; strings: string[] } {
  const strings: string[] = [];
  /** For each open `${`, how many braces are open inside it. */
  const templates: number[] = [];
  let code = '';
  let i = 0;

  const blank = (until: number): void => {
    code += text.slice(i, until).replace(/[^\n]/g, ' ');
    i = until;
  };
  const template = (): void => {
    let end = i;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) end += text[end] === '\\' ? 2 : 1;
    blank(Math.min(end, text.length));
    if (text.startsWith('${', i)) {
      templates.push(0);
      code += '${';
      i += 2;
    } else {
      code += '`';
      i++;
    }
  };
  const afterOperator = (): boolean => {
    const before = code.trimEnd();
    return (
      before === '' || /[(,=:[!&|?{};+\-*%<>~^]$/.test(before) || /\b(?:return|typeof|case|in|of|void)$/.test(before)
    );
  };

  while (i < text.length) {
    const char = text[i]!;
    if (text.startsWith('//', i)) {
      const end = text.indexOf('\n', i);
      blank(end < 0 ? text.length : end);
    } else if (text.startsWith('/*', i)) {
      const end = text.indexOf('*/', i + 2);
      blank(end < 0 ? text.length : end + 2);
    } else if (char === "'" || char === '"') {
      let end = i + 1;
      while (end < text.length && text[end] !== char && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
      code += `'${strings.push(text.slice(i + 1, end)) - 1}'`;
      i = end + 1;
    } else if (char === '`') {
      code += char;
      i++;
      template();
    } else if (char === '/' && afterOperator()) {
      let end = i + 1;
      let inClass = false;
      while (end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/')) {
        if (text[end] === '[') inClass = true;
        else if (text[end] === ']') inClass = false;
        end += text[end] === '\\' ? 2 : 1;
      }
      code += '/ /';
      i = end + 1;
    } else {
      const last = templates.length - 1;
      if (char === '{' && last >= 0) templates[last]!++;
      if (char === '}' && last >= 0 && templates[last]!-- === 0) {
        templates.pop();
        code += char;
        i++;
        template();
      } else {
        code += char;
        i++;
      }
    }
  }
  return { code, strings };
}
