import type { Surface } from './canvas.js';

/** How large a drawing is laid out, and what becomes of a unit of that layout. */
export interface Size {
  /** Units; letters are 13 of them high. */
  readonly width: number;
  /** Points (1/72 inch) of a unit in print. */
  readonly points: number;
  /** Pixels of a unit. */
  readonly pixels: number;
}

/** For pages that are read on a screen. */
export const SCREEN: Size = { width: 760, points: 0.75, pixels: 2 };

/** Points of the letters of a printed figure. */
const PRINTED_LETTERS = 8;

/** For print, so many points wide, with letters of 8 points and about 350 pixels an inch. */
export function printed(width: number): Size {
  const units = Math.round((width * 13) / PRINTED_LETTERS);
  return { width: units, points: width / units, pixels: 3 };
}

/** A chart that is laid out, to be rendered in any format. */
export interface Drawing {
  readonly title: string;
  readonly size: Size;
  /** Units. */
  readonly height: number;
  paint(surface: Surface, pixelRatio: number): void;
}
