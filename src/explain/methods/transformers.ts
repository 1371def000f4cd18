import { attention } from '../attributions/attention.js';
import type { Attribution } from '../attributions/attribution.js';
import { backwardPass } from '../attributions/backward-pass.js';
import { all, besideActivations, convolutions, type Line, transformer } from '../composites.js';
import type { MethodEntry } from './entry.js';

const ACHTIBAT = 'Achtibat et al. 2024';
const ALI = 'Ali et al. 2022';

/** All rules carry relevance over activation: there is no stabiliser. */
const EPSILON = all('epsilon-0');

/** What a sweep over vision transformers found best (Achtibat et al. 2024, appendix B.4). */
const GAMMA = [convolutions('gamma-0.25'), besideActivations('gamma-0.05'), EPSILON];

/** LRP for transformers: what attention, gates and norms do with relevance; and what attention alone says. */
export const TRANSFORMER_METHODS: readonly MethodEntry[] = [
  {
    form: 'attnlrp',
    line: 'LRP through attention: half to each factor of products, softmax in Taylor form, epsilon elsewhere',
    source: ACHTIBAT,
    by: relevance('uniform', EPSILON),
  },
  {
    form: 'attnlrp-gamma',
    line: 'attnlrp with gamma 0.25 on convolutions and 0.05 on dense layers beside activations',
    source: `${ACHTIBAT}, appendix B.4`,
    by: relevance('uniform', ...GAMMA),
  },
  {
    form: 'cp-lrp',
    line: 'conservative LRP: attention probabilities and gates count as constants, epsilon elsewhere',
    source: ALI,
    by: relevance('gate', EPSILON),
  },
  {
    form: 'cp-lrp-gamma',
    line: 'cp-lrp with gamma 0.25 on convolutions and 0.05 on dense layers beside activations',
    source: `${ALI}; ${ACHTIBAT}`,
    by: relevance('gate', ...GAMMA),
  },
  {
    form: 'raw-attention',
    line: 'attention of the class token in the last block, mean over heads; one number a patch',
    source: 'Abnar and Zuidema 2020',
    by: () => attention('raw'),
    signed: false,
  },
  {
    form: 'attention-rollout',
    line: 'attention of the class token through all blocks, the same for every class; one number a patch',
    source: 'Abnar and Zuidema 2020',
    by: () => attention('rollout'),
    signed: false,
  },
  {
    form: 'chefer-generic',
    line: 'attention of the class token through all blocks, weighted with its gradient; one number a patch',
    source: 'Chefer et al. 2021b, generic attention',
    by: () => attention('generic'),
    signed: false,
  },
];

function relevance(products: 'uniform' | 'gate', ...linear: Line[]): () => Attribution {
  return () => backwardPass(() => transformer(products, ...linear), undefined, 'ratio');
}
