import type { Attribution } from '../attributions/attribution.js';
import { backwardPass } from '../attributions/backward-pass.js';
import {
  all,
  convolutions,
  dense,
  first,
  firstConvolution,
  type Line,
  last,
  lrp,
  uniform,
} from '../composites.js';
import { parseRule } from '../rules.js';
import type { MethodEntry } from './entry.js';

const BACH = 'Bach et al. 2015';
const KOHLBRENNER = 'Kohlbrenner et al. 2020';
const MONTAVON = 'Montavon et al. 2017';
const ZHANG = 'Zhang et al. 2016';
const EPSILON = 'epsilon-1e-6';

/** Layer-wise relevance propagation: one rule for all linear layers, and the composites of the field. */
export const RELEVANCE_METHODS: readonly MethodEntry[] = [
  {
    form: 'lrp-epsilon-<e>',
    example: 'lrp-epsilon-0.01',
    line: 'LRP: shares in proportion to x w, stabilised by e',
    source: `${BACH}, eq. 58`,
    by: (epsilon) => oneRule(`epsilon-${epsilon}`),
  },
  {
    form: 'lrp-alpha<a>-beta<b>',
    example: 'lrp-alpha2-beta1',
    line: 'LRP: positive and negative contributions apart, weighed a and -b (a - b = 1)',
    source: `${BACH}, eq. 60`,
    by: (alpha, beta) => oneRule(`alpha${alpha}-beta${beta}`),
  },
  {
    form: 'lrp-zplus',
    line: 'LRP: positive contributions only',
    source: MONTAVON,
    by: () => oneRule('zplus'),
  },
  {
    form: 'lrp-gamma-<g>',
    example: 'lrp-gamma-0.25',
    line: 'LRP: contributions in favour strengthened by g',
    source: 'Montavon et al. 2019; signed inputs: Andeol et al. 2021',
    by: (gamma) => oneRule(`gamma-${gamma}`),
  },
  {
    form: 'lrp-zplus-wsquare-first',
    line: 'z+, and w^2 on the first layer',
    source: MONTAVON,
    by: relevance(first('wsquare'), all('zplus')),
  },
  {
    form: 'lrp-zplus-zbox-first',
    line: 'z+, and zB on the first convolution',
    source: MONTAVON,
    by: relevance(firstConvolution('zbox'), all('zplus')),
  },
  {
    form: 'deep-taylor',
    line: 'z+, and below zB for inputs of known range, else w^2',
    source: MONTAVON,
    by: () => backwardPass((bounded) => lrp(first(bounded ? 'zbox' : 'wsquare'), all('zplus'))),
  },
  {
    form: 'epsilon-plus',
    line: 'epsilon on dense layers, z+ on convolutions',
    source: KOHLBRENNER,
    by: relevance(dense(EPSILON), convolutions('zplus')),
  },
  {
    form: 'epsilon-plus-flat',
    line: 'epsilon-plus, and flat on the first layer',
    source: KOHLBRENNER,
    by: relevance(first('flat'), dense(EPSILON), convolutions('zplus')),
  },
  {
    form: 'epsilon-plus-wsquare',
    line: 'epsilon-plus, and w^2 on the first layer',
    source: KOHLBRENNER,
    by: relevance(first('wsquare'), dense(EPSILON), convolutions('zplus')),
  },
  {
    form: 'epsilon-alpha2-beta1',
    line: 'epsilon on dense layers, alpha 2 beta 1 on convolutions (LRP Toolbox)',
    source: 'Lapuschkin et al. 2016',
    by: relevance(dense(EPSILON), convolutions('alpha2-beta1')),
  },
  {
    form: 'epsilon-alpha2-beta1-flat',
    line: 'epsilon-alpha2-beta1, and flat on the first layer',
    source: KOHLBRENNER,
    by: relevance(first('flat'), dense(EPSILON), convolutions('alpha2-beta1')),
  },
  {
    form: 'epsilon-alpha2-beta1-wsquare',
    line: 'epsilon-alpha2-beta1, and w^2 on the first layer',
    source: KOHLBRENNER,
    by: relevance(first('wsquare'), dense(EPSILON), convolutions('alpha2-beta1')),
  },
  {
    form: 'epsilon-gamma-box',
    line: 'epsilon on dense layers, gamma 0.25 on convolutions, zB on the first one',
    source: 'Montavon et al. 2019; Anders et al. 2021',
    by: relevance(firstConvolution('zbox'), dense(EPSILON), convolutions('gamma-0.25')),
  },
  {
    form: 'excitation-backprop',
    line: 'z+ on every layer',
    source: ZHANG,
    by: relevance(all('zplus')),
  },
  {
    form: 'contrastive-excitation-backprop',
    line: 'excitation backprop minus that of the negated target; its sum over channels, cut at 0',
    source: ZHANG,
    // The excitation of the target starts with 1: the sign of a logit would turn the contrast round.
    by: () => backwardPass(() => lrp(last('contrast'), all('zplus')), 'one'),
    steps: ['positive-sum'],
  },
];

/** LRP with these rules for linear layers. */
function relevance(...linear: Line[]): () => Attribution {
  return () => backwardPass(() => lrp(...linear));
}

/** LRP with one rule for every linear layer. @throws InputError when there is no such rule */
function oneRule(rule: string): Attribution {
  parseRule(rule);
  return backwardPass(() => uniform(rule));
}
