import type { InputLayout } from '../../src/input/layout.js';
import { layoutOf } from '../../src/input/layout.js';
import { squareGrid } from '../../src/input/square-grid.js';
import type { Rect, Units } from '../../src/input/units.js';

/** The square grid over an input of a shape. */
export function gridUnits(shape: readonly number[], side: number): Units {
  return squareGrid.of(side).units(layoutOf(shape));
}

/** Units of any form: those of a label map, one number a place. Labels count from 0; a place of label -1 is in no unit. */
export function labelledUnits(layout: InputLayout, labels: ArrayLike<number>): Units {
  const count = Math.max(...Array.from(labels)) + 1;
  const units = Array.from({ length: count }, (): Rect[] => []);
  for (let place = 0; place < layout.places; place++) {
    const [top, left] = [Math.floor(place / layout.columns), place % layout.columns];
    units[labels[place] as number]?.push({ top, left, height: 1, width: 1 });
  }
  return {
    layout,
    count,
    rectangles: (unit) => units[unit] as Rect[],
    name: (unit) => `segment ${unit}`,
  };
}
