import { type FloatTensor, floatTensor } from '../../../graph/tensor.js';
import { addBatchNorm, addConstantOperand } from '../../canonical/arithmetic.js';
import { addRepeats, addTranspose } from '../../canonical/layout.js';
import { addConv } from '../../canonical/windows.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { ComputedValue } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import type { OnnxNode } from '../node.js';
import { alike, seen, View, viewOf } from '../view.js';
import { addWeighted } from './einsum.js';
import { computed, type OperatorTable } from './table.js';
import { checkRank, windowOf } from './windows.js';

/** Layers with weights. */
export const LINEAR: OperatorTable = {
  Conv: (node, writer) => {
    const x = node.value();
    const weight = node.required(1);
    const spatial = checkRank(writer, x);
    const window = windowOf(node, spatial, weight.dims.slice(2));
    const group = node.int('group', 1);
    return computed(addConv(writer, x, weight, node.weights(2), { ...window, group }, node.name));
  },

  Gemm: (node, writer) => {
    if (node.int('transA', 0) !== 0) throw new Unsupported('with its input transposed');
    const alpha = node.float('alpha', 1);
    const beta = node.float('beta', 1);
    const given = node.required(1);
    const rows = node.int('transB', 0) !== 0 ? given : transposed(given);
    const weight =
      alpha === 1
        ? rows
        : floatTensor(
            rows.dims,
            rows.data.map((w) => w * alpha),
          );
    const bias = node.weights(2);
    const view = viewOf(node, writer);
    if (view.dims.length !== 2) throw new Unsupported(`of ${view.dims.length} axes`);
    return addDense(writer, view, weight, bias && biasOf(bias, weight.dims[0] as number, beta), node.name);
  },

  MatMul: (node, writer) => {
    if (node.operands.some((operand) => operand?.kind !== 'value' && (operand?.dims.length ?? 0) > 2))
      return computed(addWeightedAtPlaces(writer, node));
    if (node.operand(0).kind !== 'value') return addConstantFirst(writer, viewOf(node, writer, 1), node);
    const view = viewOf(node, writer);
    const second = node.operand(1);
    if (second.kind === 'value') return addMatrixProduct(writer, view, viewOf(node, writer, 1), node.name);
    return addDense(writer, view, transposed(node.required(1)), undefined, node.name);
  },

  /** alpha A B, either matrix transposed. */
  'com.microsoft.FusedMatMul': (node, writer) => {
    if (['transBatchA', 'transBatchB'].some((name) => node.int(name, 0) === 1))
      throw new Unsupported('with batches transposed');
    const a = turnedView(writer, viewOf(node, writer), node.int('transA', 0) === 1, node.name);
    const product = node.operand(1);
    const turned = node.int('transB', 0) === 1;
    const result =
      product.kind === 'value'
        ? addMatrixProduct(
            writer,
            a,
            turnedView(writer, viewOf(node, writer, 1), turned, node.name),
            node.name,
          )
        : addDense(writer, a, turned ? node.required(1) : transposed(node.required(1)), undefined, node.name);
    const alpha = { dims: [], data: [node.float('alpha', 1)] };
    const { value, ...place } = result;
    return { ...place, value: addConstantOperand(writer, 'Mul', value, alpha, `${node.name}.alpha`) };
  },

  BatchNormalization: (node, writer) => {
    if (node.int('training_mode', 0) !== 0) throw new Unsupported('in training mode');
    if (node.int('spatial', 1) !== 1) throw new Unsupported('over single positions');
    const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => node.required(index)) as [
      FloatTensor,
      FloatTensor,
      FloatTensor,
      FloatTensor,
    ];
    const epsilon = node.float('epsilon', 1e-5);
    const view = viewOf(node, writer);
    if (view.isFirst)
      return computed(addBatchNorm(writer, view.value, { scale, shift, mean, variance, epsilon }, node.name));
    // Channels are another axis than the second one of the canonical value.
    const ofChannels = (of: (c: number) => number) => {
      const sizes = view.dims.map((_, axis) => (axis === 1 ? scale.data.length : 1));
      return view.alignedConstant({ dims: sizes, data: Float64Array.from(scale.data, (_, c) => of(c)) });
    };
    const at = (tensor: FloatTensor, c: number) => tensor.data[c] as number;
    const factor = (c: number) => at(scale, c) / Math.sqrt(at(variance, c) + epsilon);
    const scaled = addConstantOperand(writer, 'Mul', view.value, ofChannels(factor), `${node.name}.scaled`);
    const summands = ofChannels((c) => at(shift, c) - at(mean, c) * factor(c));
    return seen(addConstantOperand(writer, 'Add', scaled, summands, node.name), view.batch);
  },
};

/** A dense layer over the last axis, at every place of the others. */
function addDense(
  writer: NetworkWriter,
  view: View,
  weight: FloatTensor,
  bias: FloatTensor | undefined,
  name: string,
): ComputedValue {
  if (view.axis(view.dims.length - 1) !== view.shape.length - 1) throw new Unsupported('over the batch');
  const inputs = [view.value, writer.weights(weight, `${name}.weight`)];
  if (bias) inputs.push(writer.weights(bias, `${name}.bias`));
  const places = view.shape.length === 2 ? {} : { places: 1 };
  return seen(writer.add('Gemm', inputs, { transB: 1, ...places }, name), view.batch);
}

/** W X as (X' W')': a dense layer over the axis before the last one. */
function addConstantFirst(writer: NetworkWriter, view: View, node: OnnxNode): ComputedValue {
  const turned = turnedView(writer, view, true, node.name);
  const product = addDense(writer, turned, node.required(0), undefined, node.name);
  return turnedView(writer, View.of(writer, product), true, `${node.name}.back`).operand;
}

/** A product with matrices of constants, which may be others at every place of the axes before them. */
function addWeightedAtPlaces(writer: NetworkWriter, node: OnnxNode): string {
  const first = node.operand(0).kind === 'value' ? 0 : 1;
  const value = node.value(first);
  const shape = writer.shape(value);
  const given = node.required(1 - first);
  const axes = shape.map((_, axis) => `${axis}`);
  const [row = '', column = ''] = axes.slice(-2);
  const inner = first === 0 ? column : row;
  const own = ['new'];
  const matrix = first === 0 ? [inner, ...own] : [...own, inner];
  const places = axes.slice(0, -2).slice(-(given.dims.length - 2));
  const letters = [...places, ...matrix];
  const repeated = given.dims.map((size, i) => size === 1 && i < given.dims.length - 2);
  if (letters.length !== given.dims.length || (places[0] === '0' && !repeated[0]))
    throw new Unsupported(`with a constant of shape [${given.dims}]`);
  const kept = <T>(list: readonly T[]) => list.filter((_, i) => !repeated[i]);
  const result = axes.map((axis) => (axis === inner ? 'new' : axis));
  const weights = { tensor: floatTensor(kept(given.dims), given.data), axes: kept(letters) };
  return addWeighted(writer, { value, axes }, weights, result, node.name);
}

/** The value with its last two axes exchanged, if asked for. */
function turnedView(writer: NetworkWriter, view: View, turns: boolean, name: string): View {
  if (!turns) return view;
  if (view.batch.axis >= view.dims.length - 2) throw new Unsupported('over the batch');
  const order = view.shape.map((_, axis) => axis);
  order.push(...(order.splice(-2).reverse() as [number, number]));
  const turned = addTranspose(writer, view.value, order, `${name}.turned`);
  return View.of(writer, { value: turned, batch: view.batch });
}

/** The product of two computed matrices at every place of the axes before them. */
function addMatrixProduct(writer: NetworkWriter, a: View, b: View, name: string): ComputedValue {
  const fits = a.shape.length > 2 && a.shape.length === b.shape.length && a.shape.at(-1) === b.shape.at(-2);
  if (!fits)
    throw new Unsupported(`of computed values of shapes [${a.shape.slice(1)}] and [${b.shape.slice(1)}]`);
  if (!alike(a.batch, b.batch))
    throw new Unsupported(`with the batch as axes ${a.batch.axis} and ${b.batch.axis}`);
  if (a.batch.axis >= a.dims.length - 2) throw new Unsupported('over the batch');
  const [left, right] = [repeatedLike(writer, a, b, name), repeatedLike(writer, b, a, name)];
  return seen(writer.add('MatMul', [left, right], {}, name), a.batch);
}

/** The value with axes of size 1 before its matrices repeated to those of another one: keys that heads share. */
function repeatedLike(writer: NetworkWriter, { value, shape }: View, other: View, name: string): string {
  return shape.slice(0, -2).reduce<string>((x, size, axis) => {
    const wanted = other.shape[axis] as number;
    return size === 1 && wanted > 1 ? addRepeats(writer, x, axis, wanted, `${name}.repeated`) : x;
  }, value);
}

const TILE = 32;

/** [in, out] weights as [out, in]. */
function transposed({ dims, data }: FloatTensor): FloatTensor {
  const [rows = 0, columns = 0] = dims;
  if (dims.length !== 2) throw new Unsupported(`with weights of shape [${dims}]`);
  const result = new Float32Array(data.length);
  // In tiles, so that what is read and written stays in the processor's cache.
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < columns; left += TILE) {
      for (let row = top; row < Math.min(top + TILE, rows); row++) {
        for (let column = left; column < Math.min(left + TILE, columns); column++) {
          result[column * rows + row] = data[row * columns + column] as number;
        }
      }
    }
  }
  return floatTensor([columns, rows], result);
}

/** One number an output: ONNX repeats a bias that is a scalar. */
function biasOf({ dims, data }: FloatTensor, outputs: number, beta: number): FloatTensor {
  const perOutput = dims.every((dim, axis) => axis === dims.length - 1 || dim === 1);
  if (!perOutput || (data.length !== 1 && data.length !== outputs)) {
    throw new Unsupported(`with a bias of shape [${dims}] for ${outputs} outputs`);
  }
  return floatTensor(
    [outputs],
    Float32Array.from({ length: outputs }, (_, i) => beta * (data[data.length === 1 ? 0 : i] as number)),
  );
}
