import { Constant, floats, ints } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { selectedDims } from '../arguments.js';
import { elementOf } from '../element-types.js';
import type { OnnxNode } from '../node.js';
import { onceFor } from './moved.js';
import type { Allocate, FoldTable } from './table.js';

/** Constants that are made of attributes, shapes and single numbers. */
export const MADE: FoldTable = {
  Constant: (node) => constantNode(node),
  ConstantOfShape: (node, allocate) => constantOfShape(node, allocate),
  Range: (node, allocate) => range(node, allocate),
  Shape: (node) => {
    const dims = selectedDims(node, node.given(0).dims);
    return ints([dims.length], dims);
  },
  Size: (node) => ints([], [node.given(0).size]),
};

function constantNode(node: OnnxNode): Constant {
  const tensor = node.tensor('value');
  if (tensor) return tensor;
  const list = node.ints('value_ints');
  if (list) return ints([list.length], list);
  const numbers = node.floats('value_floats');
  if (node.has('value_floats')) return floats([numbers.length], Float32Array.from(numbers));
  if (node.has('value_int')) return ints([], [node.int('value_int', 0)]);
  if (node.has('value_float')) return floats([], Float32Array.of(node.float('value_float', 0)));
  throw new Unsupported('of another kind than numbers');
}

function constantOfShape(node: OnnxNode, allocate: Allocate): Constant {
  const dims = (node.intList('shape', 0) ?? []).map(onceFor);
  if (!dims.every((dim) => dim >= 0)) throw new Unsupported(`of shape [${dims}]`);
  const value = node.tensor('value') ?? floats([1], Float32Array.of(0));
  if (value.size !== 1) throw new Unsupported(`of ${value.size} values`);
  return new Constant(value.type, dims, () => {
    const { data } = value;
    return allocate(
      value.type,
      dims.reduce((product, dim) => product * dim, 1),
    ).fill(data[0] as number);
  });
}

/** start, start + delta, ... before limit, each number made of the one before in the precision of the type. */
function range(node: OnnxNode, allocate: Allocate): Constant {
  const operands = [0, 1, 2].map((index) => node.given(index));
  const { type } = operands[0] as Constant;
  if (operands.some((operand) => operand.size !== 1 || operand.type !== type))
    throw new Unsupported('with other than three numbers of one type');
  const { hold } = elementOf(type);
  const [start, limit, delta] = operands.map(({ data }) => hold(data[0] as number)) as [
    number,
    number,
    number,
  ];
  const count = Math.max(0, Math.ceil(hold(limit - start) / delta));
  if (delta === 0 || !Number.isFinite(count)) throw new Unsupported(`from ${start} to ${limit} by ${delta}`);
  const data = allocate(type, count);
  for (let i = 0, value = start; i < count; i++, value = hold(value + delta)) data[i] = value;
  return new Constant(type, [count], data);
}
