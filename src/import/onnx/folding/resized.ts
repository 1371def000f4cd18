import { sizeOf } from '../../../graph/tensor.js';
import { Constant } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { axisOf } from '../arguments.js';
import { elementOf } from '../element-types.js';
import type { OnnxNode } from '../node.js';
import type { Allocate, FoldTable } from './table.js';

/** Images of constants at another size, such as position embeddings: one axis after the other. */
export const RESIZED: FoldTable = {
  Resize: (node, allocate) => {
    const x = node.given(0);
    const { hold, whole } = elementOf(x.type);
    if (whole) throw new Unsupported(`of ${x.type}`);
    const made = axesOf(node, x.dims).reduce((so, axis) => along(so, axis, samplingOf(node, axis), allocate), x); // biome-ignore format: one line
    return new Constant(made.type, made.dims, made.data.map(hold));
  },
};

/** An axis that gets another size. */
interface ResizedAxis {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

/** The axes that change, by sizes or by scales. */
function axesOf(node: OnnxNode, dims: readonly number[]): ResizedAxis[] {
  const sizes = node.opset > 10 && node.operands[3] ? node.intList('sizes', 3) : undefined;
  const scales = Array.from(node.constant(node.opset > 10 ? 2 : 1)?.data ?? []);
  const given = sizes ?? scales;
  const axes = node.ints('axes')?.map((axis) => axisOf(axis, dims.length)) ?? dims.map((_, axis) => axis);
  if (given.length !== axes.length)
    throw new Unsupported(`with ${given.length} sizes for ${axes.length} axes`);
  if (node.string('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw new Unsupported('that keeps the aspect ratio');
  return axes.flatMap((axis, i) => {
    const [from, asked] = [dims[axis] as number, given[i] as number];
    const to = sizes ? asked : Math.floor(Math.fround(from * asked));
    if (!(Number.isSafeInteger(to) && to > 0)) throw new Unsupported(`to size ${to}`);
    const scale = Math.fround(sizes ? to / from : asked);
    return to === from && scale === 1 ? [] : [{ axis, from, to, scale }];
  });
}

/** Which numbers of an axis a new one is made of, and how much each counts. */
type Sampling = (index: number) => readonly { from: number; weight: number }[];

function along(
  x: Constant,
  { axis, from, to }: ResizedAxis,
  sampling: Sampling,
  allocate: Allocate,
): Constant {
  const inner = sizeOf(x.dims.slice(axis + 1));
  const dims = x.dims.with(axis, to);
  const data = allocate(x.type, sizeOf(dims));
  for (let k = 0; k < to; k++) {
    for (const { from: source, weight } of sampling(k)) {
      for (let outer = 0; outer < data.length / (to * inner); outer++) {
        const [read, write] = [(outer * from + source) * inner, (outer * to + k) * inner];
        for (let i = 0; i < inner; i++)
          data[write + i] = (data[write + i] as number) + weight * (x.data[read + i] as number);
      }
    }
  }
  return new Constant(x.type, dims, data);
}

function samplingOf(node: OnnxNode, axis: ResizedAxis): Sampling {
  const coordinate = coordinateOf(node, axis);
  const mode = node.string('mode', 'nearest');
  if (mode === 'nearest') {
    const rounded = roundedOf(node);
    return (index) => [{ from: within(rounded(coordinate(index)), axis.from), weight: 1 }];
  }
  const kernel = mode === 'linear' ? LINEAR : mode === 'cubic' ? cubic(node.float('cubic_coeff_a', -0.75)) : undefined; // biome-ignore format: one line
  if (!kernel) throw new Unsupported(`of mode ${mode}`);
  // Smaller images are made of all numbers that a new one covers, if asked for.
  const wider = node.int('antialias', 0) === 1 ? Math.max(1, 1 / axis.scale) : 1;
  const drops = mode === 'cubic' && node.int('exclude_outside', 0) === 1;
  return (index) => weighted(coordinate(index), axis.from, kernel, wider, drops);
}

/** A function of the distance, 0 from `reach` on. */
interface Kernel {
  readonly reach: number;
  of(distance: number): number;
}

const LINEAR: Kernel = { reach: 1, of: (d) => Math.max(0, 1 - d) };

/** Keys 1981 */
const cubic = (a: number): Kernel => ({
  reach: 2,
  of: (d) => d < 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0, // biome-ignore format: one line
});

/**
 * The numbers around a place. Those beyond the ends are the last ones, or are left out, and the others then weigh more.
 * @param wider by what the kernel is drawn out; its weights are then made to sum to 1
 */
function weighted(place: number, size: number, { reach, of }: Kernel, wider: number, drops: boolean) {
  const parts: { from: number; weight: number }[] = [];
  const last = Math.floor(place + reach * wider);
  for (let i = Math.ceil(place - reach * wider); i <= last; i++) {
    const weight = of(Math.abs(place - i) / wider);
    const inside = i >= 0 && i < size;
    if (inside || !drops) parts.push({ from: within(i, size), weight });
  }
  const sum = drops || wider > 1 ? parts.reduce((total, { weight }) => total + weight, 0) : 1;
  return parts.map(({ from, weight }) => ({ from, weight: weight / sum }));
}

const within = (index: number, size: number) => Math.min(Math.max(index, 0), size - 1);

/** Where a new index lies in the old axis, in single precision as runtimes compute it. */
function coordinateOf(node: OnnxNode, { from, to, scale }: ResizedAxis): (index: number) => number {
  const f = Math.fround;
  const centred = (index: number) => f(f(f(index + 0.5) / scale) - 0.5);
  const mode = node.string('coordinate_transformation_mode', node.opset > 10 ? 'half_pixel' : 'asymmetric');
  switch (mode) {
    case 'half_pixel':
      return centred;
    case 'pytorch_half_pixel':
      return to > 1 ? centred : () => 0;
    case 'half_pixel_symmetric': {
      const shift = f((from / 2) * (1 - f(to / f(scale * from))));
      return (index) => f(shift + centred(index));
    }
    case 'align_corners':
      return (index) => (to === 1 ? 0 : f((index * (from - 1)) / (to - 1)));
    case 'asymmetric':
      return (index) => f(index / scale);
    case 'tf_half_pixel_for_nn':
      return (index) => f(f(index + 0.5) / scale);
    default:
      throw new Unsupported(`with coordinates ${mode}`);
  }
}

function roundedOf(node: OnnxNode): (place: number) => number {
  const mode = node.string('nearest_mode', node.opset > 10 ? 'round_prefer_floor' : 'floor');
  const modes: Record<string, (place: number) => number> = {
    round_prefer_floor: (place) => Math.ceil(place - 0.5),
    round_prefer_ceil: (place) => Math.floor(place + 0.5),
    floor: Math.floor,
    ceil: Math.ceil,
  };
  const found = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (!found) throw new Unsupported(`rounded by ${mode}`);
  return found;
}
