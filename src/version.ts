import { createRequire } from 'node:module';

/** heatproof's own version, wherever it is run from. */
export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
