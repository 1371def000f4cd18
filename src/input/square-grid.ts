import { z } from 'zod';
import { mismatch } from '../errors.js';
import type { UnitKind } from './kind.js';
import type { InputLayout } from './layout.js';

/**
 * Non-overlapping squares, numbered row by row from the top left. What is left over at the right and the bottom is never
 * perturbed. Where there is one row, regions are windows; with `region` 1 they are single samples, pixels or features.
 */
export const squareGrid: UnitKind<number> = {
  schema: z.int().min(1),
  meaning: 'side of a square region in pixels',
  of: (side) => ({
    units(layout) {
      const { rows, columns, height, width } = gridOf(layout, side);
      return {
        layout,
        count: rows * columns,
        rectangles: (unit) => [
          { top: Math.floor(unit / columns) * height, left: (unit % columns) * width, height, width },
        ],
        name: (unit) => `region ${unit}`,
      };
    },
    record(layouts) {
      const grids = [...layouts].map(([name, layout]) => {
        const { rows, columns } = gridOf(layout, side);
        return [name, [rows, columns]];
      });
      return {
        grid: Object.fromEntries(grids),
        remainder: 'origin top-left, remainder pixels never perturbed',
      };
    },
    words: `Regions of ${side} × ${side} pixels`,
  }),
};

/**
 * Rows and columns of squares, and the size of one.
 * @throws InputError when the side is no positive integer, or larger than the input
 */
function gridOf({ kind, rows, columns, heatmapShape }: InputLayout, side: number) {
  const height = kind === 'image' ? side : 1;
  if (kind === 'volume' || !Number.isInteger(side) || side < 1 || height > rows || side > columns) {
    throw mismatch({
      what: 'region size',
      where: `input of spatial size [${heatmapShape}]`,
      expected: 'an integer from 1 to the smaller side of a 1-D or 2-D input',
      got: String(side),
    });
  }
  return { rows: Math.floor(rows / height), columns: Math.floor(columns / side), height, width: side };
}
