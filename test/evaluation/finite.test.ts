import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-finite-'));
  folders.push(folder);
  const { graph, inputShape } = plain(1);
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
});
