/** Checks numbers that a measure was given. @throws Error naming the first that is not above 0 */
export function checkPositive(measure: string, options: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !(value > 0 && Number.isFinite(value)))
      throw new Error(`${measure}: ${name} is ${value}: it takes a number above 0`);
}
