/** A new array is larger than asked for by this factor, so that it serves the next image too. */
const ROOM = 1.125;

/**
 * Large arrays that are used again: a new one costs a page fault every 4 kB. What an array holds when taken is undefined.
 * There are never more of them than were in use at a time.
 */
export class Buffers {
  /** Free ones, the smallest first. */
  #free: Float32Array[] = [];

  /** An array of exactly `length` numbers, cut from the smallest free one that is large enough, else a new one. */
  take(length: number): Float32Array {
    const fit = this.#free.findIndex((buffer) => buffer.length >= length);
    // A new one takes the place of the largest.
    const [taken] = this.#free.splice(fit, 1);
    const buffer = fit >= 0 && taken ? taken.buffer : new ArrayBuffer(bytes(Math.ceil(length * ROOM)));
    return new Float32Array(buffer, 0, length);
  }

  /** Hands an array back, if there is one; it must not be used any more. */
  give(array: Float32Array | undefined): void {
    if (!array) return;
    this.#free.push(new Float32Array(array.buffer));
    this.#free.sort((a, b) => a.length - b.length);
  }
}

function bytes(numbers: number): number {
  return numbers * Float32Array.BYTES_PER_ELEMENT;
}
