import { KERNEL_SHAP, kernelShap } from '../attributions/kernel-shap.js';
import { LIME, lime } from '../attributions/lime.js';
import { OCCLUSION, occlusion } from '../attributions/occlusion.js';
import { PARTITION_SHAP, partitionShap } from '../attributions/partition-shap.js';
import { RISE, rise } from '../attributions/rise.js';
import { type MethodEntry, parametrised } from './entry.js';

/** What can be seen of a network from outside: how its logits change with its input. */
export const BLACK_BOX_METHODS: readonly MethodEntry[] = [
  {
    form: 'occlusion',
    line: 'drop of the logit when a window is set to zero',
    source: 'Zeiler and Fergus 2014',
    ...parametrised(OCCLUSION, occlusion),
  },
  {
    form: 'rise',
    line: 'mean score under random masks, weighted with them',
    source: 'Petsiuk et al. 2018',
    ...parametrised(RISE, rise),
    signed: false,
  },
  {
    form: 'kernel-shap',
    line: 'Shapley values of segments, by weighted least squares over coalitions',
    source: 'Lundberg and Lee 2017',
    ...parametrised(KERNEL_SHAP, kernelShap),
  },
  {
    form: 'lime',
    line: 'linear model of how the score depends on the segments that are kept',
    source: 'Ribeiro et al. 2016',
    ...parametrised(LIME, lime),
  },
  {
    form: 'partition-shap',
    line: 'Owen values of cells that are halves of halves',
    source: 'Owen 1977; Lundberg (shap)',
    ...parametrised(PARTITION_SHAP, partitionShap),
  },
];
