/** One case of a conformance suite: fails by throwing. */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}

/** The two functions that every test runner has. */
export interface TestRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

/**
 * Registers the cases of a suite with a test runner.
 *
 * @example
 * ```ts
 * import { describe, it } from 'vitest';
 * registerCases('single', backendConformance(() => single()), { describe, it });
 * ```
 */
export function registerCases(name: string, cases: readonly ConformanceCase[], { describe, it }: TestRunner): void {
  describe(name, () => {
    for (const each of cases) it(each.name, () => each.run());
  });
}
