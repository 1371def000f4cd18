// Preloaded (node --import) into every thread: a worker that reads a file named in DIE_READING ends at once.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { openSync } = fs;
const name = process.env.DIE_READING;
fs.openSync = (path, ...rest) => {
  if (!isMainThread && name && String(path).endsWith(name)) process.exit(7);
  return openSync(path, ...rest);
};
syncBuiltinESMExports();
