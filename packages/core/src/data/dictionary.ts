/** So many values are looked at to choose the mode for all. */
const SAMPLE = 8;
/** An object with more keys than this is no row. */
const MANY_KEYS = 256;

/**
 * Whether objects among the values look like dictionaries (each with keys of its own) rather than rows of one shape.
 * Dictionaries encode about 2.5 times faster as maps, rows 2 times faster as records. Looks at a few values and, inside
 * them, one level down; a wrong guess costs time only.
 */
export function prefersMaps(values: readonly unknown[]): boolean {
  const first = values[0];
  // The usual case of primitives; a mixed column is rare enough to be guessed wrong.
  if (typeof first !== 'object' || first === null) return false;
  const step = Math.max(1, Math.floor(values.length / SAMPLE));
  const shapes: Shapes = { objects: 0, seen: new Set() };
  for (let i = 0; i < values.length; i += step) if (looks(values[i], shapes, 2)) return true;
  return shapes.objects >= 4 && shapes.seen.size > shapes.objects / 2;
}

interface Shapes {
  objects: number;
  readonly seen: Set<string>;
}

/** Notes the shape of `value` and of what it holds; true when one object alone decides. */
function looks(value: unknown, shapes: Shapes, levels: number): boolean {
  if (typeof value !== 'object' || value === null || levels === 0) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && i < SAMPLE; i++) if (looks(value[i], shapes, levels - 1)) return true;
    return false;
  }
  if (value.constructor !== Object) return false;
  const keys = Object.keys(value);
  if (keys.length > MANY_KEYS) return true;
  shapes.objects++;
  shapes.seen.add(keys.join());
  for (let i = 0; i < keys.length && i < SAMPLE; i++)
    if (looks((value as Record<string, unknown>)[keys[i]!], shapes, levels - 1)) return true;
  return false;
}
