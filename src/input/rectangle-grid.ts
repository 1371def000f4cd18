import { z } from 'zod';
import { gridDivision } from './grid.js';
import type { UnitKind } from './kind.js';

const side = z.union([z.int().min(1), z.literal('all')]);

/** Rectangles of some rows and columns, or all of them: of signals, channels x moments. */
export const rectangleGrid: UnitKind<[z.output<typeof side>, z.output<typeof side>]> = {
  schema: z.tuple([side, side]),
  meaning: '[rows, columns] of a rectangle, of signals [channels, moments]; all: every one',
  of: ([rows, columns]) =>
    gridDivision(
      (layout) => ({
        height: rows === 'all' ? layout.rows : rows,
        width: columns === 'all' ? layout.columns : columns,
      }),
      { written: `[${rows}, ${columns}]`, size: ({ sides }) => `${rows} × ${columns} (${sides})` },
    ),
};
