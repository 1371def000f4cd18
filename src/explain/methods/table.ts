import { BLACK_BOX_METHODS } from './black-box.js';
import { CAM_METHODS } from './cam.js';
import { COMPARISONS } from './comparisons.js';
import type { MethodEntry } from './entry.js';
import { GRADIENT_METHODS } from './gradients.js';
import { RELEVANCE_METHODS } from './relevance.js';
import { TRANSFORMER_METHODS } from './transformers.js';

/** Every method there is, in the order in which they are listed. */
export const METHODS: readonly MethodEntry[] = [
  ...GRADIENT_METHODS,
  ...CAM_METHODS,
  ...BLACK_BOX_METHODS,
  ...RELEVANCE_METHODS,
  ...TRANSFORMER_METHODS,
  ...COMPARISONS,
];
