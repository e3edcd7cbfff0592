import type { NodeShape } from './layout.ts';

/** Makes a key and its state what the program now expects; null drops the key. */
export type ConvertState = (key: unknown, state: unknown) => unknown;

/** One conversion of a node's state: from the version before to `version`. */
export interface MigrationStep {
  readonly from: string;
  readonly to: string;
  /** The version of the state that it makes; state of which nobody said otherwise has version 1. */
  readonly version: number;
  /** Null: keys and state stay as they are. */
  readonly convert: ConvertState | null;
}

/** What has to be done with the state of one node of a checkpoint. */
export interface DueMigration {
  readonly from: string;
  readonly to: string;
  /** Of `to`, afterwards. */
  readonly version: number;
  /** Oldest first. */
  readonly converts: readonly ConvertState[];
}

/** Versions that the state of nodes has after all steps, by name. */
export function stateVersions(steps: readonly MigrationStep[]): Map<string, number> {
  return new Map(steps.map(({ to, version }) => [to, version]));
}

/**
 * The migrations that a checkpoint has not seen yet. A node's state is at the version that was written down with it; steps lead
 * from there, one version after the other, over names that change. What does not lead to where the program is now is not done:
 * the comparison of programs then says what differs.
 */
export function dueMigrations(steps: readonly MigrationStep[], saved: readonly NodeShape[]): DueMigration[] {
  const goals = stateVersions(steps);
  const due = new Map<string, DueMigration>();
  for (const { name, stateVersion = 1 } of saved) {
    const converts: ConvertState[] = [];
    let to = name;
    let version = stateVersion;
    for (;;) {
      const step = steps.find((s) => s.from === to && s.version === version + 1);
      if (step === undefined) break;
      if (step.convert !== null) converts.push(step.convert);
      to = step.to;
      version = step.version;
    }
    if (version > stateVersion && goals.get(to) === version) due.set(name, { from: name, to, version, converts });
  }
  // A name that another node of the checkpoint has, and keeps, was taken when this was done before.
  const taken = new Set(saved.map(({ name }) => name).filter((name) => (due.get(name)?.to ?? name) === name));
  return [...due.values()].filter(({ from, to }) => from === to || !taken.has(to));
}

/** The nodes of a checkpoint as they are with their new names and versions. */
export function migratedShapes(saved: readonly NodeShape[], due: readonly DueMigration[]): NodeShape[] {
  const byName = new Map(due.map((d) => [d.from, d]));
  const renamed = (name: string) => byName.get(name)?.to ?? name;
  return saved.map((shape) => {
    const { version } = byName.get(shape.name) ?? {};
    return {
      ...shape,
      name: renamed(shape.name),
      inputs: shape.inputs.map(renamed),
      ...(version === undefined ? {} : { stateVersion: version }),
    };
  });
}
