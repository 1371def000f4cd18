import { mismatch } from '../errors.js';
import type { InputLayout } from './layout.js';

/** A rectangle of places, at least one in size. */
export interface Rect {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The parts of an input that are ranked and replaced as a whole, by index. A unit is a set of places, in all channels; no
 * place belongs to two units, and some may belong to none.
 */
export interface Units {
  readonly layout: InputLayout;
  readonly count: number;
  /** The places of a unit, as rectangles that do not overlap. A patch holds their numbers in this order, row by row. */
  readonly rectangles: (unit: number) => readonly Rect[];
  /** What people call a unit. */
  readonly name: (unit: number) => string;
}

/** Number of places of a unit. */
export function placesOf({ rectangles }: Pick<Units, 'rectangles'>, unit: number): number {
  return rectangles(unit).reduce((sum, { height, width }) => sum + height * width, 0);
}

/**
 * Relevance of every unit: the sum of the heatmap's values in it.
 * @param heatmap one value a place, row by row
 */
export function unitRelevance(
  heatmap: ArrayLike<number>,
  { layout, count, rectangles }: Units,
): Float64Array {
  const { rows, columns, places } = layout;
  if (heatmap.length !== places) {
    throw mismatch({
      what: 'heatmap',
      where: 'ranking of regions',
      expected: `${rows} x ${columns} = ${places} values`,
      got: String(heatmap.length),
    });
  }
  return Float64Array.from({ length: count }, (_, unit) => {
    let sum = 0;
    for (const { top, left, height, width } of rectangles(unit)) {
      for (let y = top; y < top + height; y++) {
        for (let x = left; x < left + width; x++) sum += heatmap[y * columns + x] as number;
      }
    }
    return sum;
  });
}

/** Cuts a unit out of an input: the numbers of its places, channel by channel. */
export function cutUnit(
  input: Float32Array,
  units: Pick<Units, 'layout' | 'rectangles'>,
  unit: number,
): Float32Array {
  const { channels, places, columns } = units.layout;
  const rectangles = units.rectangles(unit);
  const patch = new Float32Array(channels * placesOf(units, unit));
  for (let c = 0, at = 0; c < channels; c++) {
    for (const { top, left, height, width } of rectangles) {
      for (let y = top; y < top + height; y++, at += width) {
        const from = c * places + y * columns + left;
        patch.set(input.subarray(from, from + width), at);
      }
    }
  }
  return patch;
}

/** Writes what {@link cutUnit} cut out (or a patch of that size) back into an input, in place. */
export function pasteUnit(
  input: Float32Array,
  units: Pick<Units, 'layout' | 'rectangles'>,
  unit: number,
  patch: Float32Array,
): void {
  const { channels, places, columns } = units.layout;
  const rectangles = units.rectangles(unit);
  for (let c = 0, at = 0; c < channels; c++) {
    for (const { top, left, height, width } of rectangles) {
      for (let y = top; y < top + height; y++, at += width) {
        input.set(patch.subarray(at, at + width), c * places + y * columns + left);
      }
    }
  }
}

/** One number a place: 1 in the given units, 0 elsewhere. */
export function unitMask({ layout: { places, columns }, rectangles }: Units, chosen: Int32Array): Uint8Array {
  const mask = new Uint8Array(places);
  for (const unit of chosen) {
    for (const { top, left, height, width } of rectangles(unit)) {
      for (let y = top; y < top + height; y++) mask.fill(1, y * columns + left, y * columns + left + width);
    }
  }
  return mask;
}
