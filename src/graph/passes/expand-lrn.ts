import type { GraphBuilder } from '../builder.js';
import {
  constantInput,
  floatOf,
  type Graph,
  inputOf,
  intOf,
  type Node,
  outputOf,
  producersOf,
} from '../graph.js';
import { floatTensor, type Tensor, toInts } from '../tensor.js';
import { rewriteNodes } from './rewrite.js';

/**
 * Writes every LRN as the operators that it consists of: y = x / D^beta with
 * D = bias + alpha / size * (sum of x^2 over the window of channels). Runtimes take a general power of every number,
 * which costs GoogLeNet 40 % of its forward pass and is ten times less exact than the square roots that the usual
 * exponents come down to.
 */
export function expandLrn(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === 'LRN')) return graph;
  const channels = channelCounter(graph);
  return rewriteNodes(graph, (builder, node) => {
    if (node.op !== 'LRN') return false;
    expand(builder, node, channels(inputOf(node)));
    return true;
  });
}

/** Names of the values that an expanded LRN leaves beside its output: D and D^beta. */
export function lrnParts(node: Node): { denominator: string; power: string } {
  return { denominator: `${outputOf(node)}/denominator`, power: `${outputOf(node)}/power` };
}

/**
 * The sum over each channel's window times a factor, plus a bias, as a 1x1 convolution with a band matrix; `transposed`
 * sums for each channel over the windows that it lies in.
 */
export function channelSum(
  builder: GraphBuilder,
  node: Node,
  x: string,
  channels: number,
  { factor = 1, bias = 0, transposed = false, output = builder.unique('channel-sum') } = {},
): string {
  const size = intOf(node, 'size', 1);
  const sides = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const [before, after] = (transposed ? sides.reverse() : sides) as [number, number];
  const band = builder.constant(() => {
    const data = new Float32Array(channels * channels);
    for (let k = 0; k < channels; k++) {
      data.fill(
        factor,
        k * channels + Math.max(0, k - before),
        k * channels + Math.min(channels, k + after + 1),
      );
    }
    return floatTensor([channels, channels, 1, 1], data);
  }, `band:${channels},${before},${after}*${factor}`);
  const offset = builder.constant(
    () => floatTensor([channels], new Float32Array(channels).fill(bias)),
    `bias:${channels}*${bias}`,
  );
  const attributes = {
    kernel_shape: [1, 1],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: 1,
  };
  builder.append({ op: 'Conv', name: output, inputs: [x, band, offset], outputs: [output], attributes });
  return output;
}

/** D^power for D > 0, written under a name of its own. */
export function positivePower(
  builder: GraphBuilder,
  base: string,
  power: number,
  output = builder.unique('power'),
): string {
  const write = (op: string, inputs: string[], name = builder.unique('root')) => {
    builder.append({ op, name, inputs, outputs: [name], attributes: {} });
    return name;
  };
  if (power === 0.5) return write('Sqrt', [base], output);
  if (power === 0.75) {
    const root = write('Sqrt', [base]);
    return write('Mul', [root, write('Sqrt', [root])], output);
  }
  return write('Pow', [base, builder.scalar(power)], output);
}

function expand(builder: GraphBuilder, node: Node, channels: number): void {
  const x = inputOf(node);
  const { denominator, power } = lrnParts(node);
  const factor = floatOf(node, 'alpha', 1e-4) / intOf(node, 'size', 1);
  const bias = floatOf(node, 'bias', 1);
  channelSum(builder, node, builder.add('Mul', [x, x]), channels, { factor, bias, output: denominator });
  positivePower(builder, denominator, floatOf(node, 'beta', 0.75), power);
  builder.append({ ...node, op: 'Div', inputs: [x, power], attributes: {} });
}

/** Finds how many channels a value has from the nearest thing that says so: weights, or an input's shape. */
function channelCounter(graph: Graph): (value: string) => number {
  const producers = producersOf(graph);
  const count = (value: string): number => {
    const input = graph.inputs.find(({ name }) => name === value);
    if (input) return input.shape[1] as number;
    const node = producers.get(value) as Node;
    if (node.op === 'Conv') return graph.constants.get(inputOf(node, 1))?.dims[0] as number;
    if (node.op === 'Concat') return node.inputs.reduce((sum, part) => sum + count(part), 0);
    if (node.op === 'Slice') return slicedChannels(graph, node) ?? count(inputOf(node));
    return count(inputOf(node));
  };
  return count;
}

/** How many channels a slice leaves, when it slices channels. */
function slicedChannels(graph: Graph, node: Node): number | undefined {
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) =>
    toInts(constantInput(graph, node, i) as Tensor),
  );
  const i = axes?.indexOf(1) ?? -1;
  if (i < 0) return undefined;
  return Math.ceil(((ends?.[i] as number) - (starts?.[i] as number)) / (steps?.[i] as number));
}
