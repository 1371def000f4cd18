import { createHash } from 'node:crypto';

/**
 * Random numbers as a pure function of a key and an index: Philox4x32-10 (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011). There is no state to advance, so what is drawn never depends on batch size, workers, order
 * or resume; one key per thing that needs numbers, for example `randomStream(seed, 'fill', imageId, repeat, region)`.
 */
export interface RandomStream {
  /** The i-th number, uniform in [0, 1) with 32 random bits. */
  uniform(index: number): number;
  /** The i-th number, normal with mean 0 and variance 1 (Box-Muller; two neighbours share their two words). */
  normal(index: number): number;
  /** The i-th number as an integer, uniform in 0..count-1. */
  integer(index: number, count: number): number;
  /** A permutation of 0..count-1, every one equally likely (Fisher-Yates). */
  permutation(count: number): Int32Array;
  /** The first `length` uniforms, scaled to [low, high]. */
  uniforms(length: number, low?: number, high?: number): Float32Array;
  /** The first `length` normals. */
  normals(length: number): Float32Array;
}

/** The stream of a key. Equal keys give equal numbers; different keys give independent ones. */
export function randomStream(...key: readonly (string | number)[]): RandomStream {
  const digest = createHash('sha256').update(JSON.stringify(key)).digest();
  const [key0, key1, high0, high1] = [0, 4, 8, 12].map((at) => digest.readUInt32LE(at)) as Words;
  const block = new Uint32Array(4);
  let blockIndex = -1;

  function word(index: number): number {
    const wanted = Math.floor(index / 4);
    if (wanted !== blockIndex) {
      block.set([wanted, wanted / 2 ** 32, high0, high1]);
      philox4x32(block, key0, key1);
      blockIndex = wanted;
    }
    return block[index % 4] as number;
  }

  const uniform = (index: number) => word(index) / 2 ** 32;

  function normal(index: number): number {
    const first = index - (index % 2);
    const radius = Math.sqrt(-2 * Math.log((word(first) + 1) / 2 ** 32));
    const angle = 2 * Math.PI * uniform(first + 1);
    return radius * (index === first ? Math.cos(angle) : Math.sin(angle));
  }

  const integer = (index: number, count: number) => Math.floor(uniform(index) * count);

  function permutation(count: number): Int32Array {
    const items = Int32Array.from({ length: count }, (_, i) => i);
    for (let last = count - 1; last > 0; last--) {
      const other = integer(count - 1 - last, last + 1);
      const moved = items[last] as number;
      items[last] = items[other] as number;
      items[other] = moved;
    }
    return items;
  }

  return {
    uniform,
    normal,
    integer,
    permutation,
    uniforms(length, low = 0, high = 1) {
      const numbers = new Float32Array(length);
      for (let i = 0; i < length; i++) numbers[i] = low + (high - low) * uniform(i);
      return numbers;
    },
    normals: (length) => Float32Array.from({ length }, (_, i) => normal(i)),
  };
}

type Words = [number, number, number, number];

const ROUNDS = 10;
const MULTIPLIER = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;

/** Encrypts the 128-bit counter in place with the 64-bit key: ten rounds of Philox4x32. */
export function philox4x32(counter: Uint32Array, key0: number, key1: number): void {
  let x0 = counter[0] as number;
  let x1 = counter[1] as number;
  let x2 = counter[2] as number;
  let x3 = counter[3] as number;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER[0], x0);
    const high1 = multiplyHigh(MULTIPLIER[1], x2);
    const low0 = Math.imul(MULTIPLIER[0], x0);
    const low1 = Math.imul(MULTIPLIER[1], x2);
    x0 = high1 ^ x1 ^ (key0 + Math.imul(round, WEYL[0]));
    x2 = high0 ^ x3 ^ (key1 + Math.imul(round, WEYL[1]));
    x1 = low1;
    x3 = low0;
  }
  counter[0] = x0;
  counter[1] = x1;
  counter[2] = x2;
  counter[3] = x3;
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers, by halves; no sum here exceeds 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0;
}
