import { resolve } from 'node:path';

/** The root of the repository, seen from `dist/` as well as from `src/`. */
export const REPOSITORY = resolve(__dirname, '../../..');
