import { expect, it } from 'vitest';
import { onlyInput, wrongInputs } from '../../src/import/only-input.js';

it('the one input that is read is taken, none or several are named with what is expected', () => {
  expect(onlyInput(new Set(['data']), 'prototxt')).toBe('data');
  expect(() => onlyInput(new Set(), 'prototxt')).toThrow('inputs (prototxt): expected exactly one, got none');
  expect(() => onlyInput(new Set(['a', 'b']), 'model.json')).toThrow(
    "inputs (model.json): expected exactly one, got 'a', 'b'",
  );
  expect(wrongInputs(['a', 'b'], 'ONNX model', 'exactly one, or ids of words').message).toBe(
    "inputs (ONNX model): expected exactly one, or ids of words, got 'a', 'b'",
  );
});
