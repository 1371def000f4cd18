// The published rule (Bach et al. 2015; Lapuschkin et al. 2016): from the score to the dimensions of the Fisher vector, to
// the descriptors, to the pixels.

/**
 * R(3) and R(2), as a composite: the score goes to the dimensions by w phi + b / D; root and length pass; a dimension's
 * relevance goes to descriptors in proportion to what they add to it, or to all of them where none adds anything.
 * @param {number} epsilon
 */
export function published(epsilon) {
  return [
    { match: { op: 'Gemm' }, rule: 'epsilon-0', bias: /** @type {const} */ ('spread') },
    {
      match: { op: 'AveragePool' },
      rule: 'proportional',
      stabiliser: epsilon,
      zeros: /** @type {const} */ ('spread'),
    },
    { match: {}, rule: 'pass' },
  ];
}

/**
 * The relevance of every descriptor: that of its mapping, summed.
 * @param {Float32Array} mapping relevance [descriptors, dimensions]
 * @param {number} count of descriptors
 */
export function ofDescriptors(mapping, count) {
  const size = mapping.length / count;
  const sums = new Float64Array(count);
  for (let i = 0; i < mapping.length; i++) sums[Math.floor(i / size)] += mapping[i];
  return sums;
}

/**
 * R(1): a descriptor's relevance goes to the pixels of its patch, evenly.
 * @param {ArrayLike<number>} relevance one number a frame
 * @param {readonly { x: number, y: number, side: number }[]} frames
 * @param {number} width
 * @param {number} height
 */
export function toPixels(relevance, frames, width, height) {
  const pixels = new Float64Array(width * height);
  for (const [f, { x, y, side }] of frames.entries()) {
    const share = relevance[f] / side ** 2;
    for (let row = y; row < y + side; row++)
      for (let column = x; column < x + side; column++) pixels[row * width + column] += share;
  }
  return Float32Array.from(pixels);
}
