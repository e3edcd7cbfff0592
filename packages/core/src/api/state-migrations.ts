import { type ConvertState, type MigrationStep, stateVersions } from '../checkpoint/migrations.ts';
import { error } from '../errors/index.ts';
import type { PlanNode } from '../plan/node.ts';
import { checkFunction } from './check-function.ts';
import { checkOptionNames, checkWhole } from './check-options.ts';

/** Options of `StreamingContext.migrate`. */
export interface MigrateOptions {
  /** The operator's name now, if it had another. */
  readonly to?: string;
  /**
   * The version of the state that the function makes, from the one before. One more than the last `migrate` of that operator has
   * made unless given, and 2 for the first. To be given when earlier lines are deleted.
   */
  readonly version?: number;
}

/** The conversions of state that a program asks for, in the order in which it does. */
export class StateMigrations {
  readonly steps: MigrationStep[] = [];

  /** @throws MR_OPTION, MR_NOT_A_FUNCTION, MR_ASYNC_FUNCTION */
  add(name: string, convert: ConvertState | null, options: MigrateOptions): void {
    if (convert !== null) checkFunction('migrate', 'convert', convert);
    checkOptionNames('migrate', options, ['to', 'version']);
    const { to = name } = options;
    for (const [option, value] of [
      ['name', name],
      ['to', to],
    ] as const) {
      if (typeof value !== 'string' || value === '')
        throw error('MR_OPTION', { option: `migrate: ${option}`, value, rule: 'must be the name of an operator' });
    }
    const leaves = this.steps.find((s) => s.from === name && s.to !== name);
    if (leaves !== undefined)
      throw error('MR_OPTION', {
        option: 'migrate: name',
        value: name,
        rule: `must be ${leaves.to}, to which an earlier migrate() has renamed it`,
      });
    if (to !== name && this.steps.some((s) => s.to === to || s.from === to))
      throw error('MR_OPTION', {
        option: 'migrate: to',
        value: to,
        rule: 'must be a name that no earlier migrate() has',
      });
    const before = stateVersions(this.steps).get(name) ?? 1;
    const { version = before + 1 } = options;
    checkWhole('migrate: version', version, before + 1);
    this.steps.push({ from: name, to, version, convert });
  }

  /** Versions of the state that the program has, by name; others have version 1. */
  get versions(): ReadonlyMap<string, number> {
    const versions = stateVersions(this.steps);
    for (const { from, to } of this.steps) if (from !== to) versions.delete(from);
    return versions;
  }

  /** Refuses conversions that lead to nothing that the program has. @throws MR_MIGRATION_NAME */
  check(stateful: readonly PlanNode[]): void {
    const operators = stateful.filter((n) => n.operator.stateLogic !== undefined).map((n) => n.name);
    for (const name of this.versions.keys())
      if (!operators.includes(name)) throw error('MR_MIGRATION_NAME', { name, operators });
  }
}
