import type { Called } from '../input/called.js';
import { folder, tensors } from './folder.js';
import { ilsvrc2012 } from './ilsvrc2012.js';
import type { Kind } from './kind.js';
import { signals } from './signals/index.js';
import { text } from './text/index.js';
import { voc } from './voc.js';

/** Every kind of data set, by the `type` of its config. */
export const KINDS = { ilsvrc2012, voc, folder, tensors, signals, text };

export type KindName = keyof typeof KINDS;
export type KindSchema = (typeof KINDS)[KindName]['schema'];

export function kindOf(name: KindName): Kind<KindSchema> {
  return KINDS[name];
}

/** What the samples of a kind of data set and their parts are called. */
export function calledOf(name: KindName): Called {
  return kindOf(name).called;
}

/** The same of data sets of several kinds: what they are called alike, else samples. */
export function calledOfAll(names: readonly KindName[]): Pick<Called, 'sample' | 'samples'> {
  const [first, ...others] = names.map(calledOf);
  if (first && others.every(({ sample }) => sample === first.sample)) return first;
  return { sample: 'sample', samples: 'samples' };
}
