import type { GraphBuilder } from '../graph/builder.js';
import { type Graph, inputOf, intOf, type Node } from '../graph/graph.js';
import { rewriteNodes } from '../graph/passes/rewrite.js';
import { rawValues } from '../graph/raw-values.js';
import { type FloatTensor, floatTensor } from '../graph/tensor.js';

/**
 * Computes the first convolutions of a max-pooling network to the last bit of float32. Pixels are large and weights
 * differ in sign, so partial sums are many times larger than their result, whose rounding error then decides between
 * near-equal candidates of a max pool; and one wrong winner moves all of its relevance. So input and weights are taken
 * apart into a coarse part of few bits, whose products and sums float32 holds exactly, and a small rest:
 * x w = h w_h + (h w_l + l w) with x = h + l, w = w_h + w_l.
 */
export function withPreciseFirstLayer(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === 'MaxPool')) return graph;
  const raw = rawValues(graph);
  const isFirst = (node: Node) =>
    node.op === 'Conv' && raw.has(inputOf(node)) && intOf(node, 'group', 1) === 1;
  const parts = new Map<string, Parts>();
  return rewriteNodes(graph, (builder, node) => {
    if (!isFirst(node)) return false;
    const weights = graph.constants.get(inputOf(node, 1)) as FloatTensor;
    const own = parts.get(inputOf(node)) ?? partsOf(builder, inputOf(node), weights.dims.length);
    parts.set(inputOf(node), own);
    append(builder, node, weights, own);
    return true;
  });
}

/** The coarse part of a value, and both parts one behind the other. */
interface Parts {
  readonly coarse: string;
  readonly both: string;
}

/** The coarse part is at most this many times its own unit. */
const COARSE = 683;

/** Each sample rounded to multiples of a power of two of about 1 / 256 of its largest number, alone and with the rest. */
function partsOf(builder: GraphBuilder, input: string, rank: number): Parts {
  const axes = builder.ints(Array.from({ length: rank - 1 }, (_, axis) => axis + 1));
  const largest = builder.add('ReduceMax', [builder.add('Abs', [input]), axes], { keepdims: 1 });
  // Adding a number 49152 times as large leaves 8 to 9 bits of x; taking it away again gives them back.
  const shift = builder.add('Mul', [largest, builder.scalar(49152)]);
  const coarse = builder.add('Sub', [builder.add('Add', [input, shift]), shift]);
  const both = builder.add('Concat', [coarse, builder.add('Sub', [input, coarse])], { axis: 1 });
  return { coarse, both };
}

function append(builder: GraphBuilder, node: Node, weights: FloatTensor, { coarse, both }: Parts): void {
  const { high, rest } = split(weights);
  const [, source, ...bias] = node.inputs;
  const exact = builder.add('Conv', [coarse, builder.constant(high, `${source}/high`)], node.attributes);
  const small = builder.add(
    'Conv',
    [both, builder.constant(rest, `${source}/rest`), ...bias],
    node.attributes,
  );
  builder.append({ ...node, op: 'Add', inputs: [small, exact], attributes: {} });
}

/**
 * Weights of so few bits that 24 bits hold any sum of their products with the coarse input; and what is left of them,
 * in front of all weights: [filters, 2 channels, taps...].
 */
function split({ dims, data }: FloatTensor): { high: FloatTensor; rest: FloatTensor } {
  const [filters = 0, channels = 0, ...taps] = dims;
  const size = data.length / filters;
  const high = new Float32Array(data.length);
  const rest = new Float32Array(2 * data.length);
  for (let filter = 0; filter < filters; filter++) {
    const own = data.subarray(filter * size, (filter + 1) * size);
    const total = own.reduce((sum, weight) => sum + Math.abs(weight), 0) || 1;
    const unit = 2 ** Math.ceil(Math.log2((total * COARSE) / (2 ** 24 - size * COARSE)));
    own.forEach((weight, i) => {
      const coarse = Math.round(weight / unit) * unit;
      high[filter * size + i] = coarse;
      rest[2 * filter * size + i] = weight - coarse;
      rest[2 * filter * size + size + i] = weight;
    });
  }
  return { high: floatTensor(dims, high), rest: floatTensor([filters, 2 * channels, ...taps], rest) };
}
