import { z } from 'zod';
import { gridDivision } from './grid.js';
import type { UnitKind } from './kind.js';

/**
 * Squares. In signals and vectors of features, regions are windows, in all channels; with `region` 1 they are single
 * samples, pixels or features.
 */
export const squareGrid: UnitKind<number> = {
  schema: z.int().min(1),
  meaning: 'side of a square region in pixels',
  of: (side) =>
    gridDivision(({ kind, rows }) => ({ height: kind === 'image' ? side : rows, width: side }), {
      written: String(side),
      size: ({ square }) => square(side),
    }),
};
