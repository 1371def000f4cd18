import { type CamMap, cam, guidedGradCam, placewise, weighted } from '../attributions/cam.js';
import { scoreCam } from '../attributions/score-cam.js';
import { type MethodEntry, pooled } from './entry.js';

/** w_k: the mean gradient of a channel. */
const gradCam = weighted((_, gradients) => total(gradients) / gradients.length);

/**
 * w_k = sum alpha ReLU(g) with alpha = g^2 / (2 g^2 + S g^3), S the sum of the channel's activations: where g is positive,
 * that is g / (2 + S g), which needs no stabiliser (equations 7 and 10, for exp of the logit).
 */
const gradCamPlusPlus = weighted((activations, gradients) => {
  const sum = total(activations);
  return gradients.reduce((weight, gradient) => {
    const denominator = 2 + sum * gradient;
    return gradient > 0 && denominator !== 0 ? weight + gradient / denominator : weight;
  }, 0);
});

/** w_k = sum g A / sum A; a channel whose activations cancel counts for nothing. */
const xGradCam = weighted((activations, gradients) => {
  const sum = total(activations);
  const magnitude = activations.reduce((most, value) => most + Math.abs(value), 0);
  if (Math.abs(sum) <= 1e-12 * magnitude) return 0;
  return activations.reduce((weight, value, i) => weight + value * (gradients[i] as number), 0) / sum;
});

/** Class activation maps: what an inner layer computes, weighted with the gradient there. */
export const CAM_METHODS: readonly MethodEntry[] = [
  {
    form: 'grad-cam',
    line: 'class activation map, channels weighted with their mean gradient',
    source: 'Selvaraju et al. 2017',
    ...map('grad-cam', gradCam),
  },
  {
    form: 'grad-cam++',
    line: 'class activation map, positive gradients weighted by places',
    source: 'Chattopadhay et al. 2018',
    ...map('grad-cam++', gradCamPlusPlus),
  },
  {
    form: 'layer-cam',
    line: 'class activation map, activations times positive gradients',
    source: 'Jiang et al. 2021',
    ...map(
      'layer-cam',
      placewise((activation, gradient) => activation * Math.max(gradient, 0)),
    ),
  },
  {
    form: 'hires-cam',
    line: 'class activation map, activations times gradients',
    source: 'Draelos and Carin 2020',
    ...map(
      'hires-cam',
      placewise((activation, gradient) => activation * gradient),
    ),
  },
  {
    form: 'xgrad-cam',
    line: 'class activation map, channels weighted with gradients in proportion to activations',
    source: 'Fu et al. 2020',
    ...map('xgrad-cam', xGradCam),
  },
  {
    form: 'score-cam',
    line: 'class activation map, channels weighted with the logit under their mask',
    source: 'Wang et al. 2020',
    by: () => scoreCam(),
    steps: ['positive'],
  },
  ...pooled({
    form: 'guided-grad-cam',
    line: 'guided backpropagation times grad-cam',
    source: 'Selvaraju et al. 2017',
    by: () => guidedGradCam(gradCam),
  }),
];

/** A map over an inner layer, of which ReLU leaves what speaks for the target. */
function map(kind: string, mapOf: CamMap): Pick<MethodEntry, 'by' | 'steps'> {
  return { by: () => cam(kind, mapOf), steps: ['positive'] };
}

function total(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
