import { backendConformance, registerCases } from '@millrace/core/testing';
import { describe, it } from 'vitest';
import { threads } from './index.ts';

registerCases(
  'threads',
  backendConformance(() => threads({ workers: 2 })),
  { describe, it },
);
