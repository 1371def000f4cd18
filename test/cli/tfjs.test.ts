import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as core from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readNpy, writeNpy } from '../../src/files/npy.js';
import { noise, relativeError } from '../import/support.js';
import { saved, write } from '../import/tfjs/files.js';
import { heatproof, heatproofHere } from './heatproof.js';

const { layers } = tf;

/** A network of TensorFlow.js through every command that takes one. */
describe('model.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-tfjs-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let model: string;
  let network: tf.Sequential;
  beforeAll(async () => {
    network = tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 6, 3], filters: 4, kernelSize: 3, activation: 'relu', name: 'conv' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ units: 3, name: 'head' }),
      ],
    });
    model = write(await saved(network));
    for (const id of ['a', 'b', 'c', 'd']) {
      writeFileSync(join(folder, `${id}.npy`), writeNpy([3, 8, 6], noise(144, id.charCodeAt(0))));
    }
  });

  it('inspect and doctor', async () => {
    const { stdout } = await heatproofHere(['inspect', model]);
    expect(stdout).toContain('input 3 × 8 × 6, 3 outputs, 403 parameters');
    const doctor = await heatproofHere(['doctor', '--model', model]);
    expect(doctor.stdout).toContain('input 3 × 8 × 6, 3 outputs');
  });

  it('explain: gradient x input is that of TensorFlow.js, channels first', async () => {
    const array = join(folder, 'a.npy');
    const method = 'gradient-x-input';
    const args = [
      'explain',
      '--input',
      array,
      '--model',
      model,
      '--method',
      method,
      '--target',
      '1',
      '--out',
      folder,
    ];
    const { code, stderr } = await heatproofHere(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { shape, data } = readNpy(readFileSync(join(folder, `a.${method}.npy`)));
    expect(shape).toEqual([3, 8, 6]);
    const x = core.transpose(core.tensor(noise(144, 'a'.charCodeAt(0)), [1, 3, 8, 6]), [0, 2, 3, 1]);
    const score = (image: core.Tensor) => core.slice(network.apply(image) as core.Tensor, [0, 1], [1, 1]);
    const product = core.mul(core.grad(score)(x), x);
    const expected = await core.transpose(product, [0, 3, 1, 2]).data<'float32'>();
    expect(relativeError(data, expected)).toBeLessThan(1e-5);
  });

  it('bench', async () => {
    const { code } = await heatproof(['bench', '--model', model, '--quick', '--quiet', '--json']);
    expect(code).toBe(0);
  }, 120_000);

  it('run: the record names the network after its folder, and its hash covers the weights', async () => {
    const config = {
      name: 'tfjs',
      model: { weights: model },
      dataset: { type: 'tensors', root: folder },
      methods: ['lrp-zplus', 'gradient-x-input', 'random'],
      perturbation: { region: 2, steps: 4 },
    };
    const path = join(folder, 'experiment.yaml');
    writeFileSync(path, stringify(config));
    const out = join(folder, 'out');
    const { code, stderr } = await heatproof(['run', path, '--out', out, '--workers', '1', '--quiet']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^heatproof: \d left out, of another kind: [^\n]*experiment\.yaml\n$/);
    const { definition } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(definition.networks[0]).toMatchObject({ inputShape: [3, 8, 6], classes: 3 });
    expect(definition.networks[0].hash).toMatch(/^[0-9a-f]{64}$/);
  }, 60_000);

  it('a missing file of weights is one line', async () => {
    rmSync(join(dirname(model), 'weights.bin'));
    const { code, stderr } = await heatproofHere(['inspect', model]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^heatproof: .*model\.json: cannot read '.*weights\.bin': no such file or directory\n$/,
    );
  });
});
