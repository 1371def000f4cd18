import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH } from '../../src/graph/graph.js';
import { floatTensor } from '../../src/graph/tensor.js';
import type { PerturbedNetwork } from '../../src/perturbation/perturber.js';
import { journalLine } from '../../src/results/journal.js';
import { plain } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from '../run/experiment.js';
import { evaluateUnits } from './evaluate.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The status of each image, with the reason where it failed. */
async function outcomes(
  change: (inputs: Record<string, Float32Array>) => void,
  config: Record<string, unknown>,
  { graph, inputShape }: PerturbedNetwork = plain(1),
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-finite-'));
  folders.push(folder);
  const inputs = randomInputs(3, inputShape);
  change(inputs);
  const path = writeExperiment(folder, graph, inputs, { methods: ['gradient-l2', 'random'], ...config });
  const found: string[] = [];
  for await (const unit of evaluateUnits(path)) {
    expect(journalLine(unit)).not.toContain('null');
    found.push(`${unit.image}: ${unit.status === 'done' ? 'done' : `${unit.status}, ${unit.reason}`}`);
  }
  return found;
}

describe('a number that is not finite', () => {
  it('among the logits fails the image, with the reason', async () => {
    const perturbation = { region: 4, steps: 2, orders: ['morf', 'lerf', 'insertion'] };
    const huge = (inputs: Record<string, Float32Array>) =>
      inputs.b?.forEach((_, i, input) => {
        input[i] = i % 2 === 0 ? 3e38 : -3e38;
      });
    const config = { perturbation, complexity: true, robustness: { removals: 2, neighbours: 1 } };
    expect(await outcomes(huge, config)).toEqual([
      'a: done',
      expect.stringMatching(/^b: failed, logit 0: expected a finite number, got (NaN|-?Infinity)$/),
      'c: done',
    ]);
  });

  it.each(['uniform', 'mean', 'constant', 'dirichlet'])(
    'among the scores of perturbed images fails the image: fill %s',
    async (fill) => {
      const peak = (inputs: Record<string, Float32Array>) => {
        for (const [k, input] of Object.values(inputs).entries())
          input.fill(0).fill(k === 1 ? 3e38 : 1, k, k + 1);
      };
      const builder = new GraphBuilder('sum');
      builder.input({ name: 'input', type: 'float32', shape: [BATCH, 3, 8, 8] });
      const weights = builder.store(floatTensor([192, 2], new Float32Array(384).fill(1)), 'weights');
      const flat = builder.add('Flatten', ['input'], { axis: 1 });
      const network = {
        graph: builder.build([builder.add('MatMul', [flat, weights])]),
        inputShape: [3, 8, 8],
      };
      const config = { methods: ['random'], perturbation: { region: 4, steps: 4, fill } };
      const found = await outcomes(peak, config, network);
      expect([found[0], found[2]]).toEqual(['a: done', 'c: done']);
      expect(found[1]).toMatch(
        /^b: (done|failed, score of class '[01]': expected a finite number, got Infinity)$/,
      );
      if (fill === 'uniform') expect(found[1]).toContain('failed');
    },
  );
});
