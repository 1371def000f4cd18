import type { NodeProto } from '../../../onnx/decode.js';
import { type FileGraph, standingFor } from './graph.js';

/** x sigmoid(alpha x): SiLU, or quick GELU */
export function silu(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  if (last.op_type !== 'Mul') return undefined;
  const [a = '', b = ''] = last.input;
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    const sigmoid = graph.made(gate, 'Sigmoid');
    const argument = sigmoid?.input[0] === x ? { value: x, factor: 1 } : scaled(sigmoid, graph);
    if (argument?.value !== x) continue;
    const { factor } = argument;
    return standingFor(last, 'Silu', [x], factor === 1 ? {} : { alpha: { float: factor } });
  }
  return undefined;
}

/** x tanh(softplus(x)) */
export function mish(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  if (last.op_type !== 'Mul') return undefined;
  const [a = '', b = ''] = last.input;
  const shareOf = (value: string) => graph.made(graph.made(value, 'Tanh')?.input[0], 'Softplus')?.input[0];
  const x = shareOf(a) === b ? b : shareOf(b) === a ? a : undefined;
  return x === undefined ? undefined : standingFor(last, 'Mish', [x]);
}

/** sign(x) sqrt|x|: the signed root of bags of words and Fisher vectors */
export function signedRoot(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  if (last.op_type !== 'Mul') return undefined;
  for (const [sign, root] of [last.input, last.input.toReversed()] as [string, string][]) {
    const x = graph.made(sign, 'Sign')?.input[0];
    const power = graph.made(root, 'Pow');
    const isRoot = power ? graph.scalar(power.input[1]) === 0.5 : graph.made(root, 'Sqrt') !== undefined;
    const size = isRoot ? graph.made((power ?? graph.made(root, 'Sqrt'))?.input[0], 'Abs') : undefined;
    if (x !== undefined && size?.input[0] === x) return standingFor(last, 'SignedRoot', [x]);
  }
  return undefined;
}

/** x / 2 times 1 + erf(x / sqrt 2), or 1 + tanh of what comes near; factors in any order. */
export function gelu(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  if (last.op_type !== 'Mul' && last.op_type !== 'Div') return undefined;
  const output = last.output[0] as string;
  for (const { value } of product(output, graph).values) {
    const sum = graph.made(value, 'Add');
    const one = sum && graph.withConstant(sum);
    if (!one || graph.scalar(one.constant) !== 1) continue;
    const form = ofError(one.value, graph) ?? ofTanh(one.value, graph);
    if (!form) continue;
    const whole = product(output, graph, form.x);
    const names = whole.values.map((factor) => factor.value).sort();
    if (near(whole.factor, 0.5) && `${names}` === `${[form.x, value].sort()}`)
      return standingFor(last, 'Gelu', [form.x], { approximate: form.approximate });
  }
  return undefined;
}

interface Form {
  readonly x: string;
  readonly approximate: 'none' | 'tanh';
}

function ofError(value: string, graph: FileGraph): Form | undefined {
  const argument = scaled(graph.made(value, 'Erf'), graph);
  return argument && near(argument.factor, Math.SQRT1_2)
    ? { x: argument.value, approximate: 'none' }
    : undefined;
}

/** tanh(sqrt(2 / pi) (x + 0.044715 x^3)) */
function ofTanh(value: string, graph: FileGraph): Form | undefined {
  const argument = scaled(graph.made(value, 'Tanh'), graph);
  const sum = graph.made(argument?.value, 'Add');
  if (!argument || !sum || !near(argument.factor, Math.sqrt(2 / Math.PI))) return undefined;
  const [a = '', b = ''] = sum.input;
  for (const [x, cube] of [
    [a, b],
    [b, a],
  ] as const) {
    const cubic = product(cube, graph, x);
    const powers = cubic.values.reduce(
      (total, { value, power }) => (value === x ? total + power : Number.NaN),
      0,
    );
    if (powers === 3 && near(cubic.factor, 0.044715)) return { x, approximate: 'tanh' };
  }
  return undefined;
}

/** What a node reads, as a number times a value. */
function scaled(
  node: NodeProto | undefined,
  graph: FileGraph,
): { value: string; factor: number } | undefined {
  const scale = graph.made(node?.input[0], 'Mul', 'Div');
  const operands = scale && graph.withConstant(scale);
  const factor = graph.scalar(operands?.constant);
  if (!operands || factor === undefined) return undefined;
  const divides = scale.op_type === 'Div';
  if (divides && scale.input[1] !== operands.constant) return undefined;
  return { value: operands.value, factor: divides ? 1 / factor : factor };
}

interface Product {
  readonly factor: number;
  readonly values: readonly { value: string; power: number }[];
}

/** Factors of a value that are products themselves are taken apart. */
const DEEPEST = 4;

/** A value as a number times other values; `whole` is not taken apart. */
function product(value: string, graph: FileGraph, whole?: string, depth = 0): Product {
  const leaf: Product = { factor: 1, values: [{ value, power: 1 }] };
  const number = graph.scalar(value);
  if (number !== undefined) return { factor: number, values: [] };
  const node = graph.made(value, 'Mul', 'Div', 'Pow');
  if (!node || value === whole || depth === DEEPEST) return leaf;
  const [a, b] = node.input as [string, string];
  if (node.op_type === 'Mul') {
    const [left, right] = [a, b].map((part) => product(part, graph, whole, depth + 1)) as [Product, Product];
    return { factor: left.factor * right.factor, values: [...left.values, ...right.values] };
  }
  const operand = graph.scalar(b);
  if (operand === undefined) return leaf;
  if (node.op_type === 'Pow') return { factor: 1, values: [{ value: a, power: operand }] };
  const left = product(a, graph, whole, depth + 1);
  return { factor: left.factor / operand, values: left.values };
}

/** Constants of files are rounded to 16 bits at worst. */
function near(value: number, expected: number): boolean {
  return Math.abs(value - expected) < 1e-3 * expected;
}
