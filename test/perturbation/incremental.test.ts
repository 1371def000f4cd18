import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { sizeOf } from '../../src/graph/tensor.js';
import { createFill } from '../../src/perturbation/fills.js';
import { createPerturber } from '../../src/perturbation/perturber.js';
import { regionGrid } from '../../src/perturbation/regions.js';
import { randomStream } from '../../src/random.js';
import { inception, plain, residual, signal } from './networks.js';

describe.each(Object.entries({ plain, inception, residual, signal }))('incremental on %s', (_, make) => {
  it('equals full', async () => {
    const network = make(1);
    const { inputShape } = network;
    const grid = regionGrid(inputShape.slice(1), 7);
    const input = randomStream('image').uniforms(sizeOf(inputShape), -1, 1);
    const all = (v: number) => new Array<number>(inputShape[0] as number).fill(v);
    const fill = createFill('uniform', { range: { low: all(-1), high: all(1), mean: all(0) }, seed: 1, imageId: 'a', input, shape: inputShape, grid });
    const trajectories = [0, 1].map((repeat) => ({ order: randomStream(repeat).permutation(grid.count), repeat }));
    const [full, inc] = await Promise.all((['full', 'incremental'] as const).map(async (inference) => {
      const p = await createPerturber(onnxruntime, network, { grid, inference });
      return p.logits(input, trajectories, fill);
    }));
    let worst = 0;
    for (const [i, curve] of full!.entries()) for (const [j, v] of curve.entries()) worst = Math.max(worst, Math.abs(v - inc![i]![j]!));
    console.log(_, 'worst', worst, 'of', Math.max(...full![0]!.map(Math.abs)));
    expect(worst).toBeLessThan(1e-5);
  });
});
