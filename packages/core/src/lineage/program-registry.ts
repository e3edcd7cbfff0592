import type { Program } from '../task/program.ts';

/** Programs by signature, so that equal ones are one object from batch to batch. */
export class ProgramRegistry {
  readonly #programs = new Map<string, Program>();
  readonly #limit: number;

  /** @param limit programs remembered; the oldest goes when there are more */
  constructor(limit = 4096) {
    this.#limit = limit;
  }

  /** The program with this signature; `program` itself if it is the first. */
  intern(program: Program): Program {
    const known = this.#programs.get(program.signature);
    if (known !== undefined) return known;
    this.#programs.set(program.signature, program);
    if (this.#programs.size > this.#limit) this.#programs.delete(this.#programs.keys().next().value as string);
    return program;
  }

  get size(): number {
    return this.#programs.size;
  }
}
