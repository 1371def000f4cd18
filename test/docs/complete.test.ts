import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../src/evaluation/families/table.js';
import { listMethods } from '../../src/explain/methods.js';
import { RULES } from '../../src/explain/rules.js';
import { BOX_METRICS } from '../../src/metrics/boxes.js';
import { FILL_KINDS } from '../../src/perturbation/fills.js';

const idsOf = (metrics: readonly { id: string }[]) => metrics.map(({ id }) => id);
const pooling = /-(l2|linf)$/;

describe.each([
  ['docs/methods.md', idsOf(listMethods()).filter((id) => id.startsWith('sensitivity') || !pooling.test(id))],
  ['docs/methods.md', RULES.map(({ form }) => form)],
  [
    'docs/definitions.md',
    [
      ...FAMILIES.filter(({ key }) => key !== 'boxes').flatMap(({ metrics }) => idsOf(metrics)),
      ...Object.keys(BOX_METRICS),
      ...FILL_KINDS,
    ],
  ],
])('%s explains everything there is', (document, names) => {
  const text = readFileSync(document, 'utf8');
  it.each(names)('%s', (name) => {
    expect(text).toContain(`\`${name}\``);
  });
});
