/** 32 MiB: what is as large as that is always a mapping of its own (glibc), and goes back to the system when it is freed. */
const BLOCK = 2 ** 23;

/**
 * Float32 arrays cut from large blocks. For many arrays that are freed at about the same time: each alone would leave a hole
 * that the process keeps. What of a block is never touched costs nothing.
 */
export class Slab {
  #block = new Float32Array(0);
  #used = 0;

  /** An array of zeros. */
  take(length: number): Float32Array {
    if (this.#used + length > this.#block.length) {
      this.#block = new Float32Array(Math.max(BLOCK, length));
      this.#used = 0;
    }
    this.#used += length;
    return this.#block.subarray(this.#used - length, this.#used);
  }

  copy(values: Float32Array): Float32Array {
    const copy = this.take(values.length);
    copy.set(values);
    return copy;
  }
}
