import type { Attribution } from '../attributions/attribution.js';
import { backwardPass } from '../attributions/backward-pass.js';
import { BLUR_IG, blurIg } from '../attributions/blur-ig.js';
import { fullGrad } from '../attributions/fullgrad.js';
import { GUIDED_IG, guidedIg } from '../attributions/guided-ig.js';
import { IDGI, idgi } from '../attributions/idgi.js';
import { INTEGRATED_GRADIENTS, integratedGradients } from '../attributions/integrated-gradients.js';
import { NOISY, noisyGradients } from '../attributions/noisy.js';
import { type Composite, GRADIENT, gradientWithActivations } from '../composites.js';
import { type MethodEntry, parametrised, pooled } from './entry.js';

const SIMONYAN = 'Simonyan et al. 2014';

const gradient = derivative(GRADIENT);

/** Derivatives of the logit, their averages, and what ReLU can do to them. */
export const GRADIENT_METHODS: readonly MethodEntry[] = [
  ...pooled({
    form: 'gradient',
    line: 'derivative of the logit by the input',
    source: SIMONYAN,
    by: gradient,
  }),
  {
    form: 'sensitivity-l2',
    line: 'l2 norm of the gradient over channels',
    source: SIMONYAN,
    by: gradient,
    steps: ['l2'],
  },
  {
    form: 'sensitivity-linf',
    line: 'largest absolute gradient over channels',
    source: SIMONYAN,
    by: gradient,
    steps: ['linf'],
  },
  {
    form: 'sensitivity-square',
    line: 'squared gradient, summed over channels',
    source: 'Gevrey et al. 2003',
    by: gradient,
    steps: ['square'],
  },
  ...pooled({
    form: 'gradient-x-input',
    line: 'gradient times input',
    source: 'Shrikumar et al. 2016',
    by: gradient,
    steps: ['times-input'],
  }),
  ...pooled({
    form: 'smoothgrad',
    line: 'mean gradient over noisy copies of the input',
    source: 'Smilkov et al. 2017',
    ...parametrised(NOISY, (settings) => noisyGradients('smoothgrad', settings)),
  }),
  {
    form: 'squaregrad',
    line: 'mean squared gradient over noisy copies of the input',
    source: 'Hooker et al. 2019',
    ...parametrised(NOISY, (settings) => noisyGradients('squaregrad', settings)),
    signed: false,
  },
  {
    form: 'vargrad',
    line: 'variance of the gradient over noisy copies of the input',
    source: 'Adebayo et al. 2018',
    ...parametrised(NOISY, (settings) => noisyGradients('vargrad', settings)),
    signed: false,
  },
  ...pooled({
    form: 'integrated-gradients',
    line: 'gradient integrated from a baseline, zero by default, to the input, times their difference',
    source: 'Sundararajan et al. 2017',
    ...parametrised(INTEGRATED_GRADIENTS, integratedGradients),
  }),
  {
    form: 'idgi',
    line: 'changes of the output on the line from a baseline, handed out by squared gradients',
    source: 'Yang et al. 2023',
    ...parametrised(IDGI, idgi),
  },
  {
    form: 'guided-ig',
    line: 'gradients on a path from a baseline that moves where gradients are smallest',
    source: 'Kapishnikov et al. 2021',
    ...parametrised(GUIDED_IG, guidedIg),
  },
  {
    form: 'blur-ig',
    line: 'gradients on the way from the blurred input to the input',
    source: 'Xu et al. 2020',
    ...parametrised(BLUR_IG, blurIg),
  },
  {
    form: 'fullgrad',
    line: 'magnitudes of the gradient times the input, and times the biases of all convolutions',
    source: 'Srinivas and Fleuret 2019',
    by: () => fullGrad(),
    signed: false,
  },
  ...pooled({
    form: 'deconvnet',
    line: 'gradient with ReLU passing back positive signals only',
    source: 'Zeiler and Fergus 2014',
    by: derivative(gradientWithActivations('deconvnet')),
  }),
  ...pooled({
    form: 'guided-backprop',
    line: 'gradient with ReLU passing back positive signals of active neurons only',
    source: 'Springenberg et al. 2015',
    by: derivative(gradientWithActivations('guided')),
  }),
];

/** Derivatives, which start with 1 at the target. */
function derivative(rules: Composite): () => Attribution {
  return () => backwardPass(() => rules, 'one');
}
