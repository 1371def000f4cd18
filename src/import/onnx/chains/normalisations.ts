import type { NodeProto } from '../../../onnx/decode.js';
import { type FileGraph, standingFor } from './graph.js';

/** What is divided by its root mean square along an axis. */
interface Normalised {
  readonly x: string;
  /** Whether the mean is taken away first. */
  readonly centred: boolean;
  readonly axis: number;
  readonly epsilon: number;
}

/**
 * LayerNorm, (x - mean) / sqrt(variance + epsilon), and RMSNorm, x / sqrt(mean of x^2 + epsilon), with the constant factors
 * and summands behind them, in the spellings of exporters. The last node of the chain is given.
 */
export function normalisation(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  const shift = last.op_type === 'Add' ? graph.withConstant(last) : undefined;
  const scaled = shift ? graph.made(shift.value, 'Mul') : last;
  const scale = scaled?.op_type === 'Mul' ? graph.withConstant(scaled) : undefined;
  const found = scale
    ? normalised(graph.made(scale.value, 'Div', 'Mul'), graph)
    : shift === undefined
      ? normalised(last, graph)
      : undefined;
  if (!found || (shift && !found.centred)) return undefined;
  const { x, centred, axis, epsilon } = found;
  const inputs = [x, scale?.constant ?? '', ...(shift ? [shift.constant] : [])];
  if (!inputs.slice(1).every((parameter) => graph.isOfFeatures(parameter))) return undefined;
  const op = centred ? 'LayerNormalization' : 'RMSNormalization';
  return standingFor(last, op, inputs, { axis: { i: axis }, epsilon: { f: epsilon } });
}

function normalised(node: NodeProto | undefined, graph: FileGraph): Normalised | undefined {
  if (!node) return undefined;
  const quotient = asQuotient(node, graph);
  const root = quotient && graph.made(quotient.divisor, 'Sqrt');
  const sum = root && graph.made(root.input[0], 'Add');
  const added = sum && graph.withConstant(sum);
  const mean = added && graph.made(added.value, 'ReduceMean');
  const axis = mean && graph.reducedAxis(mean);
  const epsilon = graph.scalar(added?.constant);
  const squared = mean && squareOf(mean.input[0], graph);
  if (!quotient || squared === undefined || axis === undefined || epsilon === undefined) return undefined;
  const [dividend, under] = [centredBy(quotient.dividend, axis, graph), centredBy(squared, axis, graph)];
  if (dividend !== undefined && dividend === under) return { x: dividend, centred: true, axis, epsilon };
  return quotient.dividend === squared ? { x: squared, centred: false, axis, epsilon } : undefined;
}

/** a / b, or a times 1 / b. */
function asQuotient(node: NodeProto, graph: FileGraph): { dividend: string; divisor: string } | undefined {
  const [a = '', b = ''] = node.input;
  if (node.op_type === 'Div') return { dividend: a, divisor: b };
  if (node.op_type !== 'Mul') return undefined;
  for (const [dividend, factor] of [
    [a, b],
    [b, a],
  ] as const) {
    const divisor = inverseOf(factor, graph);
    if (divisor !== undefined) return { dividend, divisor };
  }
  return undefined;
}

function inverseOf(value: string, graph: FileGraph): string | undefined {
  const quotient = graph.made(value, 'Div');
  if (quotient && graph.scalar(quotient.input[0]) === 1) return quotient.input[1];
  return graph.made(value, 'Reciprocal')?.input[0];
}

function squareOf(value: string | undefined, graph: FileGraph): string | undefined {
  const power = graph.made(value, 'Pow');
  if (power) return graph.scalar(power.input[1]) === 2 ? power.input[0] : undefined;
  const product = graph.made(value, 'Mul');
  return product && product.input[0] === product.input[1] ? product.input[0] : undefined;
}

/** The value from which its mean was taken. */
function centredBy(value: string, axis: number, graph: FileGraph): string | undefined {
  const difference = graph.made(value, 'Sub');
  const mean = graph.made(difference?.input[1], 'ReduceMean');
  const isMean = mean && graph.reducedAxis(mean) === axis && mean.input[0] === difference?.input[0];
  return isMean ? mean.input[0] : undefined;
}
