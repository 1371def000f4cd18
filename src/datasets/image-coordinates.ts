import type { Heatmap } from '../input/heatmap.js';
import type { Placement } from './placement.js';

/** Cells on each side of the grid that heatmaps of different networks are compared on. */
export const IMAGE_GRID = 256;

/**
 * A heatmap in the coordinates of its image: IMAGE_GRID x IMAGE_GRID cells over the whole upright original, each with
 * the value at its centre (nearest), 0 where the network does not look. Networks of different input size, crop and
 * aspect are thus compared place by place.
 */
export function toImageCoordinates({ values, signed }: Heatmap, placement: Placement): Heatmap {
  const { original, scaleX, scaleY, left, top, network } = placement;
  const columns = gridPositions(original.width, scaleX, left, network.width);
  const rows = gridPositions(original.height, scaleY, top, network.height);
  const cells = Float32Array.from({ length: IMAGE_GRID * IMAGE_GRID }, (_, cell) => {
    const x = columns[cell % IMAGE_GRID];
    const y = rows[Math.floor(cell / IMAGE_GRID)];
    return x === undefined || y === undefined ? 0 : (values[y * network.width + x] as number);
  });
  return { values: cells, rows: IMAGE_GRID, columns: IMAGE_GRID, signed };
}

/** For every cell along one axis the pixel of the network's input at its centre, undefined where there is none. */
function gridPositions(
  original: number,
  scale: number,
  offset: number,
  size: number,
): (number | undefined)[] {
  return Array.from({ length: IMAGE_GRID }, (_, cell) => {
    const pixel = Math.floor(((cell + 0.5) / IMAGE_GRID) * original * scale - offset);
    return pixel >= 0 && pixel < size ? pixel : undefined;
  });
}
