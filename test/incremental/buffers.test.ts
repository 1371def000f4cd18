import { describe, expect, it } from 'vitest';
import { Buffers } from '../../src/incremental/buffers.js';

describe('buffers', () => {
  it('lend the first gap that is large enough, and a new array where there is none', () => {
    const buffers = new Buffers(10);
    const [first, second] = [buffers.take(4), buffers.take(4)];
    expect([first.byteOffset, second.byteOffset, second.length]).toEqual([0, 16, 4]);
    expect(buffers.take(3).buffer).not.toBe(first.buffer);
    buffers.give(first);
    expect([buffers.take(3).byteOffset, buffers.take(2).byteOffset]).toEqual([0, 32]);
  });

  it('give their memory back when all arrays are given back, and get some again', () => {
    const buffers = new Buffers(10);
    const [first, second] = [buffers.take(4), buffers.take(4)];
    buffers.give(first);
    expect(second.length).toBe(4);
    buffers.give(second);
    expect(second.length).toBe(0);
    expect(buffers.take(10).length).toBe(10);
  });
});
