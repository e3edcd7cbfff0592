/** A program that is not of npm, and that tests and examples use: a file in this folder for each, and a line in `all.ts`. */
export interface Service {
  readonly name: string;
  /** What it is for, in a few words. */
  readonly purpose: string;
  /** Path of its program; null where it is not installed. */
  program(): string | null;
  /** The environment variable by which others are told that path, where there is one. */
  readonly variable?: string;
  /** Brings it to this machine. @throws Error that says in one line what a person has to install */
  install(): void;
  /** How it runs; left out for a program that its users start themselves. */
  readonly server?: Server;
}

/** How a service runs: one process, which is started, asked whether it is ready, and ended by its id. */
export interface Server {
  /** What to run. @param folder empty, and the service's own until it is stopped */
  command(program: string, folder: string): Command;
  /** What its users must know (a port, an address); null while it is not ready. May throw until then. */
  ready(folder: string): Promise<Facts | null>;
  /** SIGTERM unless given. */
  readonly stopSignal?: NodeJS.Signals;
}

export interface Command {
  /** What runs instead of the service's program, as to become another user first. */
  readonly program?: string;
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export type Facts = Readonly<Record<string, string | number>>;
