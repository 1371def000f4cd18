import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../dist/engine/engine.js';
import { onnxruntime } from '../../dist/engine/onnxruntime.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH } from '../../src/graph/graph.js';
import { derivedTensor, floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { randomStream } from '../../src/random.js';

/** Two convolutions of 9 MB each, the second one's weights made when they are read. */
function network(channels = 512) {
  const builder = new GraphBuilder('two');
  const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, channels, 3, 3] });
  const dims = [channels, channels, 3, 3];
  // Any numbers, made fast.
  const numbers = (factor: number) =>
    new Float32Array(sizeOf(dims)).map((_, i) => ((i * factor) % 1009) / 1009 - 0.5);
  const convolution = (input: string, weights: string) =>
    builder.add('Conv', [input, weights], {
      kernel_shape: [3, 3],
      strides: [1, 1],
      pads: [1, 1, 1, 1],
      dilations: [1, 1],
      group: 1,
    });
  const hidden = builder.add('Relu', [convolution(x, builder.constant(floatTensor(dims, numbers(7)), 'a'))]);
  const last = convolution(
    hidden,
    builder.constant(
      derivedTensor(dims, () => numbers(11)),
      'b',
    ),
  );
  return builder.build([last]);
}

const INPUT = floatTensor([1, 512, 3, 3], randomStream('input').uniforms(512 * 9, -1, 1));

async function outputOf(session: Session): Promise<Float32Array> {
  const [output] = Object.values(await session.run({ x: INPUT }));
  await session.release();
  return output?.data as Float32Array;
}

describe('a graph that several threads load', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof-optimised-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const alone = async () => outputOf(await onnxruntime.load(network()));

  it('is made ready once, mapped by every session, and gives the same bits', async () => {
    const sessions = await Promise.all(
      [1, 2].map(() => onnxruntime.load(network(), { threads: { count: 2, folder } })),
    );
    const [made, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    const own = join(folder, made as string);
    expect(readdirSync(own).sort()).toEqual(['optimised.onnx', 'weights']);
    const { ino, size } = statSync(join(own, 'weights'));
    expect(size).toBeGreaterThanOrEqual(2 * 4 * 512 * 512 * 9);
    if (process.platform === 'linux') {
      const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
      // Both weights in both sessions, whether or not the file has a name by then.
      expect(maps.filter((line) => line.includes(` ${ino} `)).length).toBeGreaterThanOrEqual(4);
    }
    rmSync(folder, { recursive: true });
    const expected = await alone();
    for (const session of sessions) expect(await outputOf(session)).toEqual(expected);
  });

  it('is opened by each thread where it is small, where there is no folder and where it cannot be made ready', async () => {
    await (await onnxruntime.load(network(16), { threads: { count: 2, folder } })).release();
    expect(readdirSync(folder)).toEqual([]);
    const expected = await alone();
    const missing = join(folder, 'missing');
    expect(
      await outputOf(await onnxruntime.load(network(), { threads: { count: 2, folder: missing } })),
    ).toEqual(expected);
    expect(existsSync(missing)).toBe(false);
    const { execPath } = process;
    try {
      process.execPath = join(folder, 'no-node');
      expect(await outputOf(await onnxruntime.load(network(), { threads: { count: 2, folder } }))).toEqual(
        expected,
      );
    } finally {
      process.execPath = execPath;
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
