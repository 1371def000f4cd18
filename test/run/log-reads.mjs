// Preloaded (node --import) into every thread: what a worker reads of the file system is listed in the file READS_LOG.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const READERS = [
  'readFileSync',
  'statSync',
  'lstatSync',
  'existsSync',
  'readdirSync',
  'opendirSync',
  'openSync',
];
const PROMISED = ['readFile', 'stat', 'lstat', 'readdir', 'opendir', 'open', 'access'];
const log = process.env.READS_LOG;
const { appendFileSync } = fs;

function listen(functions, name) {
  const read = functions[name];
  functions[name] = (path, ...rest) => {
    if (typeof path === 'string' && path !== log) appendFileSync(log, `${path}\n`);
    return read(path, ...rest);
  };
}

if (!isMainThread && log) {
  for (const name of READERS) listen(fs, name);
  for (const name of PROMISED) listen(fs.promises, name);
  syncBuiltinESMExports();
}
