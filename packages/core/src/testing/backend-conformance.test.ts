import { describe, it } from 'vitest';
import { backendConformance, inlineBackend, registerCases } from './index.ts';

registerCases('the calling thread', backendConformance(inlineBackend), { describe, it });
