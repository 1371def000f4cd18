import { OCCLUSION, occlusion } from '../attributions/occlusion.js';
import { type MethodEntry, parametrised } from './entry.js';

/** What can be seen of a network from outside: how its logits change with its input. */
export const BLACK_BOX_METHODS: readonly MethodEntry[] = [
  {
    form: 'occlusion',
    line: 'drop of the logit when a window is set to zero',
    source: 'Zeiler and Fergus 2014',
    ...parametrised(OCCLUSION, occlusion),
  },
];
