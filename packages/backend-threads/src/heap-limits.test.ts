import { expect, it } from 'vitest';
import { heapLimits } from './heap-limits.ts';

it('a limit of the old generation bounds the young one, unless that is given, too', () => {
  expect(heapLimits(undefined)).toEqual({});
  expect(heapLimits({ stackSizeMb: 8 })).toEqual({ resourceLimits: { stackSizeMb: 8 } });
  expect(heapLimits({ maxOldGenerationSizeMb: 64 })).toEqual({
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
  });
  expect(heapLimits({ maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 })).toEqual({
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
  });
});
