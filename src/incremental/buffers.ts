import { free } from '../engine/free.js';

/**
 * Lends arrays out of one piece of memory, each from the first gap that is large enough: what is in use stays at the
 * beginning, and the system provides no memory for the rest. So arrays of any sizes take no more than were in use at a
 * time, and hardly one of them costs the page faults of a new one. What an array holds when taken is undefined. When all
 * are given back, so is the memory.
 */
export class Buffers {
  readonly #bytes: number;
  #memory = new ArrayBuffer(0);
  /** What is lent, in the order in which it lies in memory. */
  readonly #lent: Float32Array[] = [];

  /** @param numbers that are in use at a time at most; more of them are new arrays */
  constructor(numbers: number) {
    this.#bytes = numbers * Float32Array.BYTES_PER_ELEMENT;
  }

  /** An array of `length` numbers. */
  take(length: number): Float32Array {
    if (this.#lent.length === 0) this.#memory = new ArrayBuffer(this.#bytes);
    let start = 0;
    let index = 0;
    for (; index < this.#lent.length; index++) {
      const { byteOffset, byteLength } = this.#lent[index] as Float32Array;
      if (byteOffset - start >= length * Float32Array.BYTES_PER_ELEMENT) break;
      start = byteOffset + byteLength;
    }
    if (this.#memory.byteLength - start < length * Float32Array.BYTES_PER_ELEMENT) {
      return new Float32Array(length);
    }
    const taken = new Float32Array(this.#memory, start, length);
    this.#lent.splice(index, 0, taken);
    return taken;
  }

  /** Takes an array back, if there is one; it must not be used any more. */
  give(array: Float32Array | undefined): void {
    const index = this.#lent.indexOf(array as Float32Array);
    if (index < 0) return;
    this.#lent.splice(index, 1);
    if (this.#lent.length === 0) free([this.#memory]);
  }
}
