import { backendConformance, registerCases } from '@millrace/core/testing';
import { describe, it } from 'vitest';
import { single } from './index.ts';

registerCases(
  'single',
  backendConformance(() => single()),
  { describe, it },
);
registerCases(
  'single, serialize',
  backendConformance(() => single({ serialize: true })),
  { describe, it },
);
registerCases(
  'single, verify',
  backendConformance(() => single({ verify: true })),
  { describe, it },
);
