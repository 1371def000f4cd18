import { type MetricInfo, UNIT_RANGE } from './metric.js';

const ARRAS = 'Arras et al. 2016, arXiv 1606.07298';

/** What becomes of accuracy as units are replaced: its mean over k = 0..L, where each image is 1 while the network is right. */
export const ACCURACY_METRICS = [
  {
    id: 'accuracy_morf',
    label: 'Accuracy (MoRF), mean over steps',
    direction: 'lower',
    range: UNIT_RANGE,
    source: ARRAS,
  },
  {
    id: 'accuracy_lerf',
    label: 'Accuracy (LeRF), mean over steps',
    direction: 'higher',
    range: UNIT_RANGE,
    source: ARRAS,
  },
] as const satisfies readonly MetricInfo[];
