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
  return asBatchNorm(last, graph) ?? asScaled(last, graph);
}

/** (x - mean) / deviation * scale + shift */
function asScaled(last: NodeProto, graph: FileGraph): NodeProto | undefined {
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
  return standingFor(last, op, inputs, attributesOf(axis, epsilon));
}

/** Unlike the standard's, a norm that is spelt out is along its axis alone. */
function attributesOf(axis: number, epsilon: number) {
  return { axis, epsilon: { float: epsilon }, alone: 1 };
}

/** x a + (shift - mean a) with a = scale / deviation, as TensorFlow writes it */
function asBatchNorm(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  if (last.op_type !== 'Add') return undefined;
  for (const [first = '', second] of [last.input, last.input.toReversed()]) {
    const product = graph.made(first, 'Mul');
    const rest = graph.made(second, 'Sub');
    const taken = graph.made(rest?.input[1], 'Mul');
    if (!product || !taken || !graph.isConstant(rest?.input[0])) continue;
    const factor = product.input.find((input) => taken.input.includes(input));
    const x = product.input.find((input) => input !== factor);
    const mean = graph.made(taken.input.find((input) => input !== factor), 'ReduceMean'); // biome-ignore format: one line
    const axis = mean && graph.reducedAxis(mean);
    const scaled = graph.made(factor, 'Mul');
    const scale = scaled && graph.withConstant(scaled);
    const root = graph.made(inverseOf(scale?.value ?? factor ?? '', graph), 'Sqrt');
    const { variance, epsilon } = stabilised(root?.input[0], graph);
    if (x === undefined || axis === undefined || epsilon === undefined || mean?.input[0] !== x) continue;
    if (variedBy(variance, axis, graph) !== x) continue;
    return standingFor(last, 'LayerNormalization', [x, scale?.constant ?? '', rest?.input[0] ?? ''], attributesOf(axis, epsilon)); // biome-ignore format: one line
  }
  return undefined;
}

/** A sum with a number. */
function stabilised(value: string | undefined, graph: FileGraph): { variance?: string; epsilon?: number } {
  const sum = graph.made(value, 'Add');
  const added = sum && graph.withConstant(sum);
  const epsilon = graph.scalar(added?.constant);
  return added && epsilon !== undefined ? { variance: added.value, epsilon } : {};
}

/** The value whose variance along an axis this is: mean of (x - mean)^2, or mean of x^2 - mean^2, cut off at 0 or not. */
function variedBy(value: string | undefined, axis: number, graph: FileGraph): string | undefined {
  const mean = graph.made(value, 'ReduceMean');
  if (mean) {
    const squared = squareOf(mean.input[0], graph);
    return graph.reducedAxis(mean) === axis && squared ? centredBy(squared, axis, graph) : undefined;
  }
  const cut = graph.made(value, 'Max', 'Clip', 'Relu');
  const difference = graph.made(cut ? cut.input.find((input) => !graph.isConstant(input)) : value, 'Sub');
  const ofSquares = graph.made(difference?.input[0], 'ReduceMean');
  const ofValues = graph.made(squareOf(difference?.input[1], graph), 'ReduceMean');
  const x = squareOf(ofSquares?.input[0], graph);
  const fits = [ofSquares, ofValues].every((one) => one && graph.reducedAxis(one) === axis);
  return fits && x !== undefined && ofValues?.input[0] === x ? x : undefined;
}

function normalised(node: NodeProto | undefined, graph: FileGraph): Normalised | undefined {
  if (!node) return undefined;
  const quotient = asQuotient(node, graph);
  const root = graph.made(quotient?.divisor, 'Sqrt');
  const { variance, epsilon } = stabilised(root?.input[0], graph);
  if (!quotient || epsilon === undefined) return undefined;
  const axis = takenAxis(quotient.dividend, graph);
  const x = axis === undefined ? undefined : centredBy(quotient.dividend, axis, graph);
  if (x !== undefined && variedBy(variance, axis as number, graph) === x)
    return { x, centred: true, axis: axis as number, epsilon };
  const mean = graph.made(variance, 'ReduceMean');
  const along = mean && graph.reducedAxis(mean);
  const squared = squareOf(mean?.input[0], graph);
  const plain = along !== undefined && squared === quotient.dividend;
  return plain ? { x: squared, centred: false, axis: along, epsilon } : undefined;
}

/** The axis along which a value's mean was taken away. */
function takenAxis(value: string, graph: FileGraph): number | undefined {
  const mean = graph.made(graph.made(value, 'Sub')?.input[1], 'ReduceMean');
  return mean && graph.reducedAxis(mean);
}

/** x over its norm along an axis, sqrt(sum of x^2), which may not fall below a number. */
export function unitLength(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  const quotient = last.op_type === 'Div' ? asQuotient(last, graph) : undefined;
  if (!quotient) return undefined;
  const expanded = graph.made(quotient.divisor, 'Expand')?.input[0] ?? quotient.divisor;
  const bound = graph.made(expanded, 'Clip', 'Max');
  const least = bound && graph.scalar(bound.input[1]);
  if (bound && least === undefined) return undefined;
  const norm = bound?.input[0] ?? expanded;
  const direct = graph.made(norm, 'ReduceL2');
  const sum = direct ?? graph.made(graph.made(norm, 'Sqrt')?.input[0], 'ReduceSum');
  const x = direct ? direct.input[0] : squareOf(sum?.input[0], graph);
  const axis = sum && graph.reducedAxis(sum);
  if (x !== quotient.dividend || axis === undefined) return undefined;
  return standingFor(last, 'RMSNormalization', [x], { ...attributesOf(axis, least ?? 0), unit: 1 });
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
