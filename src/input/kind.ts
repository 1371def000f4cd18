import type { z } from 'zod';
import type { Called } from './called.js';
import type { Document } from './document.js';
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

/** An input that may have units of its own. */
export interface OwnUnits {
  /** Its id in the data set. */
  readonly id: string;
  /** Where it is a text. */
  readonly document?: Document | undefined;
}

/** How inputs are divided into units, and how that is put down. */
export interface Division {
  /**
   * The units of all images, or those of this one where images have units of their own.
   * @throws InputError when the region does not fit the layout, or there is nothing for the image
   */
  units(layout: InputLayout, image?: OwnUnits): Units;
  /** Images have units of their own. */
  readonly ofImage?: true;
  /** What defines the units, for the definition record; layouts by the name of their network. */
  record(layouts: ReadonlyMap<string, InputLayout>): Readonly<Record<string, unknown>>;
  /** The units, as a sentence of the report begins: "Regions of 9 × 9 pixels". */
  words(called: Called): string;
  /** What charts and tables call them: "regions". */
  plural(called: Called): string;
}
