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
