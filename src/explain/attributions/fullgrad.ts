import { mismatch } from '../../errors.js';
import { floatOf, type Graph, inputOf, type Node, outputOf } from '../../graph/graph.js';
import { inferShapes } from '../../graph/shapes.js';
import type { FloatTensor } from '../../graph/tensor.js';
import type { Network } from '../../import/network.js';
import { resized } from '../../input/resize.js';
import { GRADIENT } from '../composites.js';
import type { Attribution, Computed } from './attribution.js';

/** Numbers that a layer adds, one a channel, and the places that it adds them at. */
interface Biased {
  readonly value: string;
  readonly biases: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/**
 * FullGrad (Srinivas and Fleuret 2019, equation 8): the sum over channels of |x g|, and over all convolutions (batch
 * normalisation merged into them, or on its own) of |b g| at their outputs, stretched over the input, summed over
 * channels. Dense layers have no places: their biases are left out. Nothing is brought to 0..1.
 */
export function fullGrad(): Attribution {
  return {
    definition: () => ({ kind: 'fullgrad' }),
    prepare(passes) {
      const layers = biasedLayers(passes.network);
      const pass = { composite: GRADIENT, start: 'one' } as const;
      const [input = '', ...names] = passes.backwardTo(pass, [
        undefined,
        ...layers.map(({ value }) => value),
      ]);
      return (requests, maps) =>
        requests.map((request, r): Computed => {
          const gradientOf = (name: string) => maps.get(name)?.[r] as Float32Array;
          const sum = magnitudes(
            gradientOf(input),
            (i) => request.input[i] as number,
            passes.network.layout.places,
          );
          layers.forEach((layer, l) => {
            addLayer(sum, layer, gradientOf(names[l] as string), passes.network);
          });
          return { relevance: Float32Array.from(sum), channels: 1 };
        });
    },
  };
}

function addLayer(
  sum: Float64Array,
  { biases, rows, columns }: Biased,
  gradient: Float32Array,
  { layout }: Network,
) {
  const places = rows * columns;
  const own = magnitudes(gradient, (i) => biases[Math.floor(i / places)] as number, places);
  resized(Float32Array.from(own), { rows, columns }, layout).forEach((value, place) => {
    sum[place] = (sum[place] as number) + value;
  });
}

/** The sum over channels of |factor g| at every place. */
function magnitudes(gradient: Float32Array, factor: (i: number) => number, places: number): Float64Array {
  const sum = new Float64Array(places);
  gradient.forEach((value, i) => {
    sum[i % places] = (sum[i % places] as number) + Math.abs(factor(i) * value);
  });
  return sum;
}

/** @throws InputError for inputs without places, and networks without convolutions */
function biasedLayers({ name, graph, layout }: Network): Biased[] {
  const shapes = inferShapes(graph);
  const axes = layout.kind === 'image' ? 2 : 1;
  const convolutions = graph.nodes.filter(({ op }) => op === 'Conv' || op === 'BatchNormalization');
  if (convolutions.length === 0 || layout.kind === 'features' || layout.kind === 'volume') {
    throw mismatch({
      what: 'network of fullgrad',
      where: name,
      expected: 'convolutions over an image or a signal',
      got: convolutions.length === 0 ? 'none' : `an input of shape [${layout.shape}]`,
    });
  }
  return convolutions.flatMap((node) => {
    const [, , ...spatial] = shapes.get(outputOf(node)) ?? [];
    const biases = biasesOf(graph, node);
    if (!biases || spatial.length !== axes) return [];
    const [rows = 1, columns = 1] = axes === 2 ? spatial : [1, ...spatial];
    return [{ value: outputOf(node), biases, rows, columns }];
  });
}

function biasesOf({ constants }: Graph, node: Node): ArrayLike<number> | undefined {
  const constant = (index: number) => constants.get(inputOf(node, index)) as FloatTensor | undefined;
  if (node.op === 'Conv') return constant(2)?.data;
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => constant(i)?.data as Float32Array);
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  return shift?.map(
    (own, c) =>
      own - ((mean?.[c] as number) * (scale?.[c] as number)) / Math.sqrt((variance?.[c] as number) + epsilon),
  );
}
