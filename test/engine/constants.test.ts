import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepConstants } from '../../src/engine/constants.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH } from '../../src/graph/graph.js';
import { derivedTensor, floatTensor } from '../../src/graph/tensor.js';

const SIZE = 5000;

/** x + a + b of two constants large enough to lie apart, the second made when it is read. */
function sum() {
  const builder = new GraphBuilder('sum');
  const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, SIZE] });
  const a = builder.constant(
    floatTensor(
      [SIZE],
      new Float32Array(SIZE).map((_, i) => i),
    ),
    'a',
  );
  const b = builder.constant(
    derivedTensor([SIZE], () => new Float32Array(SIZE).map((_, i) => 2 * i)),
    'b',
  );
  return builder.build([builder.add('Add', [builder.add('Add', [x, a]), b], {}, 'y')]);
}

async function computed() {
  const session = await onnxruntime.load(sum());
  const { y } = await session.run({ x: floatTensor([1, SIZE], new Float32Array(SIZE).fill(0.5)) });
  await session.release();
  return y?.data;
}

const EXPECTED = new Float32Array(SIZE).map((_, i) => 3 * i + 0.5);

describe('large constants', () => {
  const before = process.env.TMPDIR;
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof-constants-'));
    process.env.TMPDIR = folder;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(folder, { recursive: true, force: true });
  });

  it('lie in a file that is gone once the session is open', async () => {
    const kept = keepConstants(sum(), true);
    expect(kept.externalData).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(1);
    kept.release();
    expect(readdirSync(folder)).toEqual([]);
    expect(await computed()).toEqual(EXPECTED);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lie in memory where no file can be written, or none is wanted', async () => {
    expect(keepConstants(sum(), false).externalData).toHaveLength(2);
    process.env.TMPDIR = join(folder, 'missing');
    expect(keepConstants(sum(), true).externalData).toHaveLength(2);
    expect(await computed()).toEqual(EXPECTED);
  });
});
