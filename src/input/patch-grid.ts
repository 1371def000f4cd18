import { z } from 'zod';
import { mismatch } from '../errors.js';
import { gridDivision } from './grid.js';
import type { UnitKind } from './kind.js';

const PATCH = 'patch';

/** The patches of the image that the network's attention looks at. */
export const patchGrid: UnitKind<typeof PATCH> = {
  schema: z.literal(PATCH),
  meaning: 'patch: the patches that the network makes tokens of',
  of: () =>
    gridDivision(
      ({ rows, columns, patches, heatmapShape }) => {
        if (patches)
          return { height: Math.floor(rows / patches.rows), width: Math.floor(columns / patches.columns) };
        throw mismatch({
          what: 'region patch',
          where: `input of spatial size [${heatmapShape}]`,
          expected: 'a network whose attention looks at patches of an image',
          got: 'another one',
        });
      },
      { written: PATCH, size: () => 'one patch' },
    ),
};
