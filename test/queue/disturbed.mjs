// Preloaded (node --import) into every thread of a worker at a queue. Threads that read an array wait SLOW milliseconds before; the
// process of one that reads a file named in KILLED_BY is killed; with HIDDEN_DISK the coordinator's disk is not seen.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { SLOW, KILLED_BY, HIDDEN_DISK } = process.env;
const { openSync, existsSync } = fs;

fs.openSync = (path, ...rest) => {
  const name = String(path);
  if (!isMainThread && name.endsWith('.npy')) {
    if (KILLED_BY && name.endsWith(`/${KILLED_BY}`)) process.kill(process.pid, 'SIGKILL');
    if (SLOW) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(SLOW));
  }
  return openSync(path, ...rest);
};
fs.existsSync = (path) => !(HIDDEN_DISK && String(path).includes('.queue')) && existsSync(path);
syncBuiltinESMExports();
