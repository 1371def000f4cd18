import { toNumber } from '../../src/files/protobuf.js';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../../src/onnx/decode.js';
import { ModelProto } from '../../src/onnx/schema.js';
import type { Dice } from './dice.js';

/** Operators that take the same inputs. */
const RELATED = [
  ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow'],
  ['Relu', 'Sigmoid', 'Tanh', 'Elu', 'LeakyRelu', 'HardSigmoid', 'Identity', 'Neg', 'Abs', 'Softplus', 'Erf'],
  ['MaxPool', 'AveragePool'],
  ['GlobalAveragePool', 'GlobalMaxPool'],
  ['ReduceMean', 'ReduceSum', 'ReduceMax'],
  ['Softmax', 'LogSoftmax'],
  ['Reshape', 'Expand', 'Tile'],
  ['Squeeze', 'Unsqueeze'],
  ['Flatten', 'Squeeze'],
];

/** Attributes that operators have and files mostly leave out. */
const MORE: Readonly<Record<string, readonly string[]>> = {
  Shape: ['start', 'end'],
  Reshape: ['allowzero'],
  AveragePool: ['count_include_pad', 'ceil_mode'],
  MaxPool: ['ceil_mode'],
  Softmax: ['axis'],
  Gemm: ['transA', 'transB'],
  Concat: ['axis'],
  Gather: ['axis'],
  Flatten: ['axis'],
  ReduceMean: ['keepdims'],
  BatchNormalization: ['training_mode', 'epsilon'],
  Split: ['axis'],
  Conv: ['group'],
  Cast: ['to'],
  LayerNormalization: ['axis', 'stash_type'],
};

interface Message {
  graph: GraphProto;
  opset_import: { domain: string; version: number }[];
}

type Change = (graph: GraphProto, dice: Dice) => void;

/** Every change makes another network of a real one: most of them still run, and some mean what nobody planned for. */
const CHANGES: readonly Change[] = [
  function attribute({ node }, dice) {
    const one = dice.of(node.filter(({ attribute }) => attribute.length > 0));
    if (one) nudgeAttribute(dice.of(one.attribute), dice);
  },
  function constant(graph, dice) {
    const integers = tensorsOf(graph).filter(({ data_type }) => data_type === 7);
    if (integers.length > 0) nudgeTensor(dice.of(integers), dice);
  },
  function dims({ initializer }, dice) {
    const tensor = dice.of(initializer);
    const dims = (tensor?.dims ?? []).map(toNumber);
    if (!tensor || dims.length === 0) return;
    const at = dice.below(dims.length + 1);
    tensor.dims = dice.of([
      [...dims].reverse(),
      [...dims.slice(0, at), 1, ...dims.slice(at)],
      [dims.reduce((a, b) => a * b)],
      dims.filter((dim) => dim !== 1),
    ]);
  },
  function operator({ node }, dice) {
    const candidates = node.filter(({ op_type }) => RELATED.some((ops) => ops.includes(op_type)));
    if (candidates.length === 0) return;
    const one = dice.of(candidates);
    one.op_type = dice.of(RELATED.find((ops) => ops.includes(one.op_type)) as string[]);
  },
  function more({ node }, dice) {
    const candidates = node.filter(({ op_type }) => Object.hasOwn(MORE, op_type));
    if (candidates.length === 0) return;
    const one = dice.of(candidates);
    const name = dice.of(MORE[one.op_type] as string[]);
    one.attribute = one.attribute.filter((other) => other.name !== name);
    one.attribute.push({ name, type: 2, i: dice.below(5) - 2 } as AttributeProto);
  },
  function less({ node }, dice) {
    const one = dice.of(node);
    if (one.attribute.length > 0) one.attribute.splice(dice.below(one.attribute.length), 1);
  },
  function rewire({ node }, dice) {
    const at = dice.below(node.length);
    const one = node[at] as NodeProto;
    const before = node.slice(0, at).flatMap(({ output }) => output);
    if (one.input.length > 0 && before.length > 0) one.input[dice.below(one.input.length)] = dice.of(before);
  },
  function swap({ node }, dice) {
    const two = node.filter(({ input }) => input.length === 2);
    if (two.length > 0) dice.of(two).input.reverse();
  },
  function without({ node }, dice) {
    const one = dice.of(node);
    if (one.input.length > 2) one.input[1 + dice.below(one.input.length - 1)] = '';
  },
];

/** The file of a network after one to three changes. */
export function onnxMutant(file: Uint8Array, dice: Dice): Uint8Array {
  const model = ModelProto.decode(Uint8Array.from(file)) as unknown as Message;
  for (let i = 0; i < 1 + dice.below(3); i++) dice.of(CHANGES)(model.graph, dice);
  return ModelProto.encode(model as object).finish();
}

function tensorsOf({ initializer, node }: GraphProto): TensorProto[] {
  return [...initializer, ...node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? []))];
}

const other = (value: number, dice: Dice) => dice.of([value - 1, value + 1, -value, 2 * value, 0, 1, 2, -1]);

function nudgeAttribute(attribute: AttributeProto, dice: Dice): void {
  if (attribute.type === 1) attribute.f = dice.of([0, 1, -attribute.f, attribute.f / 2, 1e-3]);
  if (attribute.type === 2) attribute.i = other(toNumber(attribute.i), dice);
  if (attribute.type === 4 && attribute.t) nudgeTensor(attribute.t, dice);
  if (attribute.type !== 7 || attribute.ints.length === 0) return;
  const at = dice.below(attribute.ints.length);
  attribute.ints[at] = other(toNumber(attribute.ints[at] as number), dice);
  if (dice.below(8) === 0) attribute.ints.splice(at, 1);
}

/** Another number in one place of an int64 tensor, mostly one that stands elsewhere in it. */
function nudgeTensor(tensor: TensorProto, dice: Dice): void {
  const raw = Uint8Array.from(tensor.raw_data ?? []);
  if (tensor.data_type !== 7 || raw.length === 0) return;
  const view = new DataView(raw.buffer);
  const at = 8 * dice.below(raw.length / 8);
  view.setBigInt64(at, BigInt(other(Number(view.getBigInt64(at, true)), dice)), true);
  tensor.raw_data = raw;
}
