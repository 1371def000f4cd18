import { pathToFileURL } from 'node:url';

/** The environment of a worker that disturbed.mjs disturbs; what it reads says how. */
export const DISTURBED = { NODE_OPTIONS: `--import ${pathToFileURL('test/queue/disturbed.mjs').href}` };
