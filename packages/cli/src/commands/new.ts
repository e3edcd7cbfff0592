import { basename, relative, resolve } from 'node:path';
import { isMillraceError } from '@millrace/core';
import { type Command, InvalidArgumentError } from 'commander';
import { ExitCode } from '../exit-code.ts';
import { writeProject } from '../project/write-project.ts';

/** Adds options and action of `millrace new`. */
export function newCommand(command: Command, version: string): void {
  command
    .description('Writes a small project that runs: a job, its test, and what npm needs.')
    .argument('<dir>', 'directory of the project; made if it does not exist, else it must be empty')
    .option('--name <name>', 'name of the package (default: the name of the directory)', packageName)
    .action((dir: string, { name }: { readonly name?: string }) => {
      if (dir === '') command.error('error: <dir> is empty; . is the current directory', { exitCode: ExitCode.usage });
      const directory = resolve(dir);
      try {
        const files = writeProject(directory, { name: name ?? nameOf(directory), version });
        const below = relative(process.cwd(), directory) || '.';
        // A name that begins with a dash would be an option of cd.
        const there = below.startsWith('..') ? directory : below.startsWith('-') ? `./${below}` : below;
        process.stdout.write(`${files.map((file) => `  ${file}\n`).join('')}
The project is in ${there}. To run it:

${there === '.' ? '' : `  cd ${there.includes(' ') ? JSON.stringify(there) : there}\n`}  npm install
  npm start
  npm test
`);
      } catch (e) {
        if (!isMillraceError(e)) throw e;
        command.error(`error: [${e.code}] ${e.message}`, { exitCode: ExitCode.usage });
      }
    });
}

function packageName(text: string): string {
  if (/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(text) && text.length <= 214) return text;
  throw new InvalidArgumentError(
    'A package name has small letters, digits and - . _ only, and does not begin with . or _.',
  );
}

/** A package name from that of a directory, which may be anything. */
function nameOf(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
    .replace(/^[._-]+|[._-]+$/g, '');
  return name === '' ? 'millrace-job' : name;
}
