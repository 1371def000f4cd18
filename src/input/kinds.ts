import { z } from 'zod';
import type { Division, UnitKind } from './kind.js';
import { patchGrid } from './patch-grid.js';
import { rectangleGrid } from './rectangle-grid.js';
import { segments } from './segments.js';
import { squareGrid } from './square-grid.js';
import { words } from './words.js';

/** The kinds of unit, one for every form of region. */
const KINDS = [squareGrid, rectangleGrid, patchGrid, segments, words] as const;

/** What may stand under `perturbation.region`. */
export type Region = z.output<(typeof KINDS)[number]['schema']>;
export const regionSchema: z.ZodType<Region, Region> = z.union(KINDS.map(({ schema }) => schema));
export const REGION_MEANING = KINDS.map(({ meaning }) => meaning).join('; ');

/** How a region divides inputs. */
export function divisionOf(region: Region): Division {
  return kindOf(region).of(region);
}

/** The region with its files taken from a folder. */
export function regionWithin(base: string, region: Region): Region {
  return kindOf(region).within?.(region, base) ?? region;
}

function kindOf(region: Region): UnitKind<Region> {
  return KINDS.find(({ schema }) => schema.safeParse(region).success) as UnitKind<Region>;
}
