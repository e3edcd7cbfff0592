import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, parse, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { error } from '@millrace/core/connector';
import type { FilePath } from './text-file.ts';

/** One name of a path: as it is, or what names have to match. */
type Segment = string | RegExp;

interface Pattern {
  readonly root: string;
  readonly segments: readonly Segment[];
}

/**
 * The directories that a path means. In a path `*` stands for any characters of one name, `?` for one, `[abc]`, `[a-z]` and
 * `[^a]` for one of some, `{a,b}` for one of several texts, and a backslash takes the meaning from the next character
 * (not on Windows, where it separates names). Names with a leading dot match as well, as in Spark. A `file:` URL means
 * itself.
 */
export class DirectoryPattern {
  /** The path as it was given, for messages. */
  readonly text: string;
  /** True where it means one directory, whose name it is. */
  readonly isLiteral: boolean;
  readonly #patterns: readonly Pattern[];

  /** @throws MR_OPTION for a pattern that is not complete */
  constructor(option: string, path: FilePath) {
    if (path instanceof URL && path.protocol === 'file:') {
      this.text = fileURLToPath(path);
      const { root } = parse(this.text);
      const segments = namesOf(this.text.slice(root.length));
      this.#patterns = [{ root, segments }];
    } else if (typeof path === 'string' && path !== '') {
      this.text = path;
      const refuse = (what: string): never => {
        throw error('MR_OPTION', { option, value: path, rule: `is no pattern of directories: ${what}` });
      };
      this.#patterns = alternatives(sep === '\\' ? path.replaceAll('\\', '/') : path, refuse).map((p) =>
        patternOf(p, refuse),
      );
    } else {
      throw error('MR_OPTION', { option, value: path, rule: 'must be a path or a file: URL' });
    }
    this.isLiteral = this.#patterns.length === 1 && this.#patterns[0]!.segments.every((s) => typeof s === 'string');
  }

  /**
   * The directories that are there now, each once, in the order of their names.
   *
   * @throws errors of the system, for anything but what is not there
   */
  async directories(): Promise<string[]> {
    const found = new Set<string>();
    for (const { root, segments } of this.#patterns) for (const path of await expand(root, segments)) found.add(path);
    return [...found].sort();
  }
}

/** The texts that braces stand for. */
function alternatives(text: string, refuse: (what: string) => never): string[] {
  let open = -1;
  let depth = 0;
  let bracket = false;
  const commas: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (bracket) bracket = c !== ']';
    else if (c === '[') bracket = true;
    else if (c === '{') {
      if (depth++ === 0) open = i;
    } else if (c === ',' && depth === 1) commas.push(i);
    else if (c === '}' && depth > 0 && --depth === 0) {
      const ends = [open, ...commas, i];
      return ends
        .slice(1)
        .flatMap((end, k) =>
          alternatives(text.slice(0, open) + text.slice(ends[k]! + 1, end) + text.slice(i + 1), refuse),
        );
    }
  }
  return depth > 0 ? refuse('a { is not closed') : [text];
}

function patternOf(text: string, refuse: (what: string) => never): Pattern {
  // `resolve` would take `*` for a name like any other, which it is to `..`, but it knows no backslashes.
  const absolute = isAbsolute(text);
  const { root } = parse(absolute ? text : resolve('.'));
  const segments: Segment[] = absolute ? [] : namesOf(resolve('.').slice(root.length));
  for (const part of (absolute ? text.slice(root.length) : text).split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') segments.pop();
    else segments.push(segmentOf(part, refuse));
  }
  return { root, segments };
}

function namesOf(path: string): string[] {
  return path.split(sep).filter((name) => name !== '');
}

function segmentOf(text: string, refuse: (what: string) => never): Segment {
  let source = '';
  let plain = '';
  let magic = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '*' || c === '?') {
      magic = true;
      source += c === '*' ? '.*' : '.';
    } else if (c === '[') {
      magic = true;
      const negated = text[i + 1] === '^' || text[i + 1] === '!';
      const from = i + (negated ? 2 : 1);
      const end = text.indexOf(']', from + 1);
      if (end < 0) refuse('a [ is not closed');
      const characters = text.slice(from, end).replace(/[\\\][^]/g, '\\$&');
      source += `[${negated ? '^' : ''}${characters}]`;
      i = end;
    } else {
      const taken = c === '\\' && i + 1 < text.length ? text[++i]! : c;
      plain += taken;
      source += RegExp.escape(taken);
    }
  }
  if (!magic) return plain;
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return refuse(`${text} has brackets that mean nothing`);
  }
}

async function expand(root: string, segments: readonly Segment[]): Promise<string[]> {
  let found = [root];
  // Names that are given need no look; the last of them are looked at together.
  let literal: string[] = [];
  const flush = (): void => {
    if (literal.length > 0) found = found.map((path) => join(path, ...literal));
    literal = [];
  };
  for (const segment of segments) {
    if (typeof segment === 'string') {
      literal.push(segment);
      continue;
    }
    flush();
    const next: string[] = [];
    for (const path of found) {
      for (const entry of await entriesOf(path))
        if (segment.test(entry.name) && (entry.isDirectory() || entry.isSymbolicLink()))
          next.push(join(path, entry.name));
    }
    found = next;
  }
  flush();
  const directories: string[] = [];
  for (const path of found) if (await isDirectory(path)) directories.push(path);
  return directories;
}

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (e) {
    return absent(e) ? [] : Promise.reject(e);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (e) {
    return absent(e) ? false : Promise.reject(e);
  }
}

/** Whether an error of the system says that something is not there, or is no directory. */
export function absent(e: unknown): boolean {
  const { code } = e as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
