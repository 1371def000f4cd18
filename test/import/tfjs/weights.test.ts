import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadNetwork } from '../../../src/import/network.js';
import { expectSameAsTfjs, graphModel, list, type NodeJson, weight, write, writeModel } from './files.js';
import type { ModelJson } from './original.js';

const nodes: NodeJson[] = [
  { name: 'm', op: 'MatMul', input: ['x', 'w'] },
  { name: 'out', op: 'AddV2', input: ['m', 'b'] },
];
const model = () => graphModel([6], nodes, { w: weight([6, 4]), b: weight([4], 2) });

/** The manifest's entries of the two weights of a model. */
const entriesOf = ({ weightsManifest }: ModelJson) =>
  weightsManifest.flatMap(({ weights }) => weights) as unknown as [object, object];

/** The model with its weights w as `bytes` of another type. */
function quantised(bytes: Buffer, quantization: object, dtype = 'float32') {
  const { json, bytes: all } = model();
  const [w, b] = entriesOf(json);
  const weights = [{ ...w, dtype, quantization }, b];
  const changed = { ...json, weightsManifest: [{ paths: ['weights.bin'], weights }] };
  return write({ json: changed as typeof json, bytes: Buffer.concat([bytes, all.subarray(4 * 24)]) });
}

const integers = Array.from({ length: 24 }, (_, i) => (i * 97) % 256);

describe('weights', () => {
  it.each([
    ['uint8', Buffer.from(integers)],
    ['uint16', Buffer.from(Uint16Array.from(integers, (i) => i * 251).buffer)],
  ])('%s: q * scale + min', async (dtype, bytes) => {
    await expectSameAsTfjs(quantised(bytes, { dtype, scale: 0.0123456789, min: -1.23456789 }));
  });

  it('float16', async () => {
    // 1.5, -2, the smallest subnormal number, 65504
    const halves = [0x3e00, 0xc000, 0x0001, 0x7bff];
    const bytes = Buffer.from(Uint16Array.from({ length: 24 }, (_, i) => halves[i % 4] as number).buffer);
    await expectSameAsTfjs(quantised(bytes, { dtype: 'float16' }));
  });

  it('quantised integers are rounded', async () => {
    // 0.4 * 7 - 1 = 1.8: the sizes [-1, 2] of a Reshape
    const { json, bytes } = graphModel(
      [2, 3],
      [
        { name: 'f', op: 'Reshape', input: ['x', 'to'] },
        { name: 'out', op: 'MatMul', input: ['f', 'w'] },
      ],
      { to: list(-1, 6), w: weight([6, 4]) },
    );
    const [to, w] = entriesOf(json);
    const weights = [{ ...to, quantization: { dtype: 'uint8', scale: 0.9, min: -1.2 } }, w];
    const changed = { ...json, weightsManifest: [{ paths: ['weights.bin'], weights }] };
    // 0 -> -1.2 -> -1, 8 -> 6.0 -> 6
    await expectSameAsTfjs(
      write({ json: changed as typeof json, bytes: Buffer.concat([Buffer.of(0, 8), bytes.subarray(8)]) }),
    );
  });

  it('files that are cut within a tensor, groups of their own, and what optimizers keep', async () => {
    const { json, bytes } = model();
    const [w, b] = entriesOf(json);
    const extra = { name: 'step', shape: [], dtype: 'int32', group: 'optimizer' };
    const manifest = [
      { paths: ['a.bin', 'b.bin', 'c.bin'], weights: [w] },
      { paths: ['d.bin'], weights: [b, extra] },
    ];
    const shards = {
      'a.bin': bytes.subarray(0, 13),
      'b.bin': bytes.subarray(13, 50),
      'c.bin': bytes.subarray(50, 96),
      'd.bin': Buffer.concat([bytes.subarray(96), Buffer.alloc(4)]),
    };
    const path = writeModel({ ...json, weightsManifest: manifest }, shards);
    const { hash } = await expectSameAsTfjs(path, 'none', { original: write(model()) });
    const shard = join(dirname(path), 'c.bin');
    const changed = readFileSync(shard);
    changed.writeFloatLE(0.25, changed.length - 4);
    writeFileSync(shard, changed);
    expect((await loadNetwork({ weights: path })).hash).not.toBe(hash);
  });
});

describe('bad weights are one line', () => {
  const refused = async (path: string, message: string | RegExp) =>
    expect(loadNetwork({ weights: path })).rejects.toThrow(message);
  const changed = (change: (json: ReturnType<typeof model>['json']) => void, bytes = model().bytes) => {
    const { json } = model();
    change(json);
    return write({ json, bytes });
  };

  it('a file that is missing', async () => {
    await refused(writeModel(model().json, {}), /cannot read '.*weights\.bin': no such file or directory$/);
  });

  it('a file that is too short or too long', async () => {
    const path = write(model());
    appendFileSync(join(dirname(path), 'weights.bin'), 'x');
    await refused(path, `${path}: weights (weights.bin): expected 112 bytes in 1 file, got 113`);
    await refused(
      write({ json: model().json, bytes: model().bytes.subarray(0, 100) }),
      'expected 112 bytes in 1 file, got 100',
    );
  });

  it('a quantisation or type that is unknown', async () => {
    await refused(
      quantised(Buffer.alloc(24), { dtype: 'int4', scale: 1, min: 0 }),
      "quantization of weights (w): expected uint8, uint16, float16, the last one of float32 only, got 'int4' of float32",
    );
    await refused(quantised(Buffer.alloc(24), { dtype: 'uint8' }), 'expected scale and min');
    await refused(
      changed((json) => Object.assign(json.weightsManifest[0]?.weights[0] as object, { dtype: 'complex64' })),
      "dtype of weights (w): expected float32, int32, bool or string, got 'complex64'",
    );
  });

  it('shapes of too many numbers or axes', async () => {
    const withShapes = (...shapes: number[][]) =>
      changed((json) => {
        for (const [i, shape] of shapes.entries())
          Object.assign(json.weightsManifest[0]?.weights[i] as object, { shape });
      });
    await refused(
      withShapes([2 ** 14, 2 ** 14], [2 ** 28 + 1]),
      'weights of a network (b): expected at most 2147483648 bytes, got 2147483652',
    );
    await refused(
      withShapes([1, 1, 1, 1, 1, 1, 1, 6, 4]),
      'rank of a value or tensor (w): expected at most 8 axes, got 9',
    );
    await refused(withShapes([2 ** 30, 2 ** 30]), 'shape of weights (w): expected sizes, got');
  });

  it('a file elsewhere', async () => {
    for (const shard of ['../weights.bin', '/etc/hostname', 'https://example.org/weights.bin']) {
      await refused(
        changed((json) => {
          (json.weightsManifest[0] as { paths: string[] }).paths = [shard];
        }),
        shard.startsWith('https')
          ? /cannot read .*weights\.bin': /
          : `weights 'weightsManifest': expected a file in the model's folder, got '${shard}'`,
      );
    }
  });

  it('a constant without numbers', async () => {
    await refused(
      changed(
        (json) => {
          (json.weightsManifest[0] as { weights: unknown[] }).weights.pop();
        },
        model().bytes.subarray(0, 96),
      ),
      "weights (weightsManifest): expected numbers of the constant 'b', got none",
    );
  });
});
