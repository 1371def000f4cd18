import { type InputLayout, layoutOf } from '../../../input/layout.js';
import { ownRange } from '../../../input/range.js';
import { cutUnit, pasteUnit, type Units } from '../../../input/units.js';

/** An input of one number a channel. */
export function constantInput({ length }: Float32Array, channels: readonly number[]): Float32Array {
  const size = length / channels.length;
  return Float32Array.from({ length }, (_, i) => channels[Math.floor(i / size)] as number);
}

/** The mean of the input's own channels, everywhere. */
export function meanInput(input: Float32Array, { shape }: InputLayout): Float32Array {
  return constantInput(input, ownRange(input, layoutOf(shape)).mean);
}

/** A copy of the input with all channels of some places as they are in another one. */
export function replacePlaces(
  input: Float32Array,
  places: ArrayLike<number>,
  by: Float32Array,
  layout: InputLayout,
): Float32Array {
  const changed = input.slice();
  for (let c = 0; c < layout.channels; c++) {
    for (let k = 0; k < places.length; k++) {
      const at = c * layout.places + (places[k] as number);
      changed[at] = by[at] as number;
    }
  }
  return changed;
}

/** The input itself, then with one unit after the other as it is in another one: units that were replaced stay so. */
export function* replaceUnits(
  input: Float32Array,
  order: Iterable<number>,
  by: Float32Array,
  units: Units,
): Generator<Float32Array> {
  yield input;
  let changed = input;
  for (const unit of order) {
    changed = changed.slice();
    pasteUnit(changed, units, unit, cutUnit(by, units, unit));
    yield changed;
  }
}

/** Every place as a unit of its own. */
export function placeUnits(layout: InputLayout): Units {
  const { places, columns } = layout;
  return {
    layout,
    count: places,
    rectangles: (place) => [{ top: Math.floor(place / columns), left: place % columns, height: 1, width: 1 }],
    name: (place) => `place ${place}`,
  };
}
