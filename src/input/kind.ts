import type { z } from 'zod';
import type { InputLayout } from './layout.js';
import type { Units } from './units.js';

/** A kind of unit: what users write under `perturbation.region`, and what it means. */
export interface UnitKind<Region> {
  readonly schema: z.ZodType<Region, Region>;
  /** What the region is, for the reference of the config. */
  readonly meaning: string;
  readonly of: (region: Region) => Division;
  /** The region with its files taken from a folder, where it names any. */
  readonly within?: (region: Region, base: string) => Region;
}

/** How inputs are divided into units, and how that is put down. */
export interface Division {
  /**
   * The units of all images, or of the one of this id where images have units of their own.
   * @throws InputError when the region does not fit the layout, or there is nothing for the image
   */
  units(layout: InputLayout, image?: string): Units;
  /** Images have units of their own. */
  readonly ofImage?: true;
  /** What defines the units, for the definition record; layouts by the name of their network. */
  record(layouts: ReadonlyMap<string, InputLayout>): Readonly<Record<string, unknown>>;
  /** The units, as a sentence of the report begins: "Regions of 9 × 9 pixels". */
  readonly words: string;
}
