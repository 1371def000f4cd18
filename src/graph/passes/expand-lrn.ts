import type { GraphBuilder } from '../builder.js';
import { derivedFrom, floatOf, inputOf, intOf, type Node, outputOf } from '../graph.js';
import { floatTensor } from '../tensor.js';

/** Names of the values that an expanded LRN leaves beside its output: D and D^beta. */
export function lrnParts(node: Node): { denominator: string; power: string } {
  const output = outputOf(node);
  return { denominator: derivedFrom(output, 'denominator'), power: derivedFrom(output, 'power') };
}

/**
 * The sum over each channel's window times a factor, plus a bias, as a convolution of one tap with a band matrix; `transposed`
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
  const places = Array<number>(intOf(node, 'spatial', 2)).fill(1);
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
    return floatTensor([channels, channels, ...places], data);
  }, `band:${channels},${before},${after}*${factor},${places}`);
  const offset = builder.constant(
    () => floatTensor([channels], new Float32Array(channels).fill(bias)),
    `bias:${channels}*${bias}`,
  );
  const attributes = {
    kernel_shape: places,
    strides: places,
    pads: places.flatMap(() => [0, 0]),
    dilations: places,
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

/**
 * Writes an LRN as the operators that it consists of: y = x / D^beta with
 * D = bias + alpha / size * (sum of x^2 over the window of channels). Runtimes take a general power of every number,
 * which costs GoogLeNet 40 % of its forward pass and is ten times less exact than the square roots that the usual
 * exponents come down to. Unlike ONNX's, a canonical LRN says how many `channels` and `spatial` axes it has.
 */
export function expandLrn(builder: GraphBuilder, node: Node): void {
  const channels = intOf(node, 'channels', 0);
  if (channels === 0) throw new Error(`LRN '${node.name}' does not say how many channels it has`);
  const x = inputOf(node);
  const { denominator, power } = lrnParts(node);
  const factor = floatOf(node, 'alpha', 1e-4) / intOf(node, 'size', 1);
  const bias = floatOf(node, 'bias', 1);
  channelSum(builder, node, builder.add('Mul', [x, x]), channels, { factor, bias, output: denominator });
  positivePower(builder, denominator, floatOf(node, 'beta', 0.75), power);
  builder.append({ ...node, op: 'Div', inputs: [x, power], attributes: {} });
}
