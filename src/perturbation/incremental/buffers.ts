/** Large arrays that are used again: a new one costs a page fault every 4 kB. What an array holds when taken is undefined. */
export class Buffers {
  #free: Float32Array[] = [];

  /** An array of exactly `length` numbers, cut from the smallest free one that is large enough. */
  take(length: number): Float32Array {
    const fits = this.#free.filter((buffer) => buffer.length >= length);
    const best = fits.reduce((a, b) => (b.length < a.length ? b : a), fits[0] as Float32Array);
    if (!best) return new Float32Array(length);
    this.#free = this.#free.filter((buffer) => buffer !== best);
    return new Float32Array(best.buffer, 0, length);
  }

  /** Hands an array back, if there is one; it must not be used any more. */
  give(array: Float32Array | undefined): void {
    if (array) this.#free.push(new Float32Array(array.buffer));
  }
}
