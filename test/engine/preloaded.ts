import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUILT } from '../cli/heatproof.js';

/** An environment in which a module of this folder is loaded before heatproof, and told what is asked of it. */
const preloaded = (module: string, asked: string) => ({
  NODE_OPTIONS: `--import ${pathToFileURL(join(BUILT, 'test', 'engine', module))}?${asked}`,
});

/** The native engine fails to load as it does on such a system. */
export const withoutNative = (system: string) => preloaded('without-native.mjs', system);

/** Packages whose names start like this are not installed. */
export const withoutPackages = (start: string) => preloaded('without-packages.mjs', start);
