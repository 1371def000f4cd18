import type { z } from 'zod';
import type { InputLayout } from './layout.js';
import type { Units } from './units.js';

/** A kind of unit: what users write under `perturbation.region`, and what it means. */
export interface UnitKind<Region> {
  readonly schema: z.ZodType<Region, Region>;
  /** What the region is, for the reference of the config. */
  readonly meaning: string;
  readonly of: (region: Region) => Division;
}

/** How inputs are divided into units, and how that is put down. */
export interface Division {
  /** @throws InputError when the region does not fit the layout */
  units(layout: InputLayout): Units;
  /** What defines the units, for the definition record; layouts by the name of their network. */
  record(layouts: ReadonlyMap<string, InputLayout>): Readonly<Record<string, unknown>>;
  /** The units, as a sentence of the report begins: "Regions of 9 × 9 pixels". */
  readonly words: string;
}
