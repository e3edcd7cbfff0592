// Removes what an earlier build left in the current package, so that no file outlives its source.
import { rmSync } from 'node:fs';

for (const path of ['dist', 'tsconfig.tsbuildinfo']) rmSync(path, { recursive: true, force: true });
