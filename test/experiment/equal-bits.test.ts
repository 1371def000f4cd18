import { describe, expect, it } from 'vitest';
import { bitDifferences, type Computed } from '../../src/experiment/equal-bits.js';

const native: Computed = {
  engine: 'onnxruntime-node 1.30.0',
  processor: 'Alpha 1',
  platform: 'linux x64',
};
const portable = { ...native, engine: 'onnxruntime-web 1.30.0 wasm' };

describe('equal bits', () => {
  it('are promised for one engine on one kind of processor', () => {
    expect(bitDifferences(native, { ...native })).toEqual([]);
    expect(bitDifferences(native, { ...native, processor: 'Beta 2', platform: 'linux arm64' })).toEqual([
      'processor: Alpha 1 -> Beta 2',
      'platform: linux x64 -> linux arm64',
    ]);
    expect(bitDifferences(native, portable)).toEqual([
      'engine: onnxruntime-node 1.30.0 -> onnxruntime-web 1.30.0 wasm',
    ]);
  });

  it('are promised for WebAssembly on any processor, but not for another version of it', () => {
    const elsewhere = { ...portable, processor: 'Beta 2', platform: 'darwin arm64' };
    expect(bitDifferences(portable, elsewhere)).toEqual([]);
    expect(bitDifferences(portable, { ...portable, engine: 'onnxruntime-web 1.31.0 wasm' })).toHaveLength(1);
  });
});
