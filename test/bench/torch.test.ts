import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { MeasuredNetwork } from '../../src/bench/measured-network.js';
import { measureTorch } from '../../src/bench/torch/torch.js';
import { inferShapes } from '../../src/graph/shapes.js';
import type { Network } from '../../src/import/network.js';
import { layoutOf } from '../../src/input/layout.js';
import { inception, plain, signal } from '../perturbation/networks.js';

const hasTorch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;

describe.skipIf(!hasTorch)(`PyTorch${hasTorch ? '' : ' (skipped: needs python3-torch)'}`, () => {
  it.each(Object.entries({ plain, inception, signal }))(
    'computes the same logits: %s',
    async (name, make) => {
      const perturbed = make(3);
      const classes = inferShapes(perturbed.graph).get(perturbed.graph.outputs[0] ?? '')?.[1] as number;
      const network: Network = {
        ...perturbed,
        layout: layoutOf(perturbed.inputShape),
        name,
        classes,
        hash: '',
        parameters: 0,
      };
      const everywhere = (value: number) =>
        new Array<number>(layoutOf(network.inputShape).channels).fill(value);
      const range = { low: everywhere(-1), high: everywhere(1), mean: everywhere(0) };
      const config = { name, weights: '' };
      const measured: MeasuredNetwork = { name, network, engine: 'onnxruntime', config, range };
      const costs = await measureTorch(measured, 3, 1);
      expect(costs.logitsDifference).toBeLessThan(1e-5);
      expect(costs.forwardRatio).toBeGreaterThan(0);
      expect(costs.sensitivityRatio).toBeGreaterThan(0);
    },
  );
});
