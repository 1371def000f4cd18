import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listMethods } from '../../src/explain/methods.js';
import { RULES } from '../../src/explain/rules.js';
import { AOPC_METRICS } from '../../src/metrics/aopc.js';
import { BOX_METRICS } from '../../src/metrics/boxes.js';
import { COMPLEXITY_METRICS } from '../../src/metrics/complexity.js';
import { ROBUSTNESS_METRICS } from '../../src/metrics/robustness.js';
import { FILL_KINDS } from '../../src/perturbation/fills.js';
import { RENDERING_COLUMNS } from '../../src/results/tables.js';

const idsOf = (metrics: readonly { id: string }[]) => metrics.map(({ id }) => id);
const pooling = /-(l2|linf)$/;

describe.each([
  ['docs/methods.md', idsOf(listMethods()).filter((id) => id.startsWith('sensitivity') || !pooling.test(id))],
  ['docs/methods.md', RULES.map(({ form }) => form)],
  [
    'docs/definitions.md',
    [
      ...idsOf([...AOPC_METRICS, ...COMPLEXITY_METRICS, ...ROBUSTNESS_METRICS]),
      ...Object.keys(BOX_METRICS),
      ...RENDERING_COLUMNS,
      ...FILL_KINDS,
    ],
  ],
])('%s explains everything there is', (document, names) => {
  const text = readFileSync(document, 'utf8');
  it.each(names)('%s', (name) => {
    expect(text).toContain(`\`${name}\``);
  });
});
