import { mismatch } from '../errors.js';
import { type Called, capitalised } from './called.js';
import type { Division } from './kind.js';
import type { InputLayout } from './layout.js';

/** The size of a grid's cells in rows and columns of the input. */
export interface Cell {
  readonly height: number;
  readonly width: number;
}

/**
 * Non-overlapping cells of one size, numbered row by row from the top left. What is left over at the right and the bottom
 * is never perturbed.
 *
 * @param cellOf the cells of a layout, whole numbers from 1; `asked` is what the user wrote, for errors, and how large a cell is
 */
export function gridDivision(
  cellOf: (layout: InputLayout) => Cell,
  asked: { readonly written: string; size(called: Called): string },
): Division {
  const gridOf = (layout: InputLayout) => grid(layout, cellOf(layout), asked.written);
  return {
    units(layout) {
      const { rows, columns, height, width } = gridOf(layout);
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
        const { rows, columns } = gridOf(layout);
        return [name, [rows, columns]];
      });
      return {
        grid: Object.fromEntries(grids),
        remainder: 'origin top-left, remainder pixels never perturbed',
      };
    },
    words: (called) => `${capitalised(called.regions)} of ${asked.size(called)}`,
    plural: ({ regions }) => regions,
  };
}

/**
 * Rows and columns of cells, and the size of one.
 * @throws InputError when a side is no positive integer, or larger than the input
 */
function grid(
  { kind, text, rows, columns, heatmapShape }: InputLayout,
  { height, width }: Cell,
  written: string,
) {
  const fits = (side: number, size: number) => Number.isInteger(side) && side >= 1 && side <= size;
  if (text) throw mismatch({ what: 'region', where: 'texts', expected: 'word', got: written });
  if (kind === 'volume' || !fits(height, rows) || !fits(width, columns)) {
    throw mismatch({
      what: 'region size',
      where: `input of spatial size [${heatmapShape}]`,
      expected: 'an integer from 1 to the smaller side of a 1-D or 2-D input, or [rows, columns] within it',
      got: written,
    });
  }
  return { rows: Math.floor(rows / height), columns: Math.floor(columns / width), height, width };
}
