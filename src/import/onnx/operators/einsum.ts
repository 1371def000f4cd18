import { copyStrided, stridesOf } from '../../../graph/strided.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../../graph/tensor.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addReshape, addTranspose } from '../../canonical/layout.js';
import { addReduction } from '../../canonical/reduction.js';
import { addConv } from '../../canonical/windows.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { Unsupported } from '../../unsupported.js';
import type { OnnxNode } from '../node.js';
import { computed, type OperatorTable } from './table.js';

/** Sums over products by letters of axes; an axis that is a letter in several places is one. */
export const EINSUM: OperatorTable = {
  Einsum: (node, writer) => computed(addEinsum(writer, node)),
};

/** A computed value, and the name of each of its axes. The first axis is the batch. */
interface Named {
  readonly value: string;
  readonly axes: readonly string[];
}

function addEinsum(writer: NetworkWriter, node: OnnxNode): string {
  const { terms, result } = equationOf(node, writer);
  const values = node.operands.flatMap((operand, i) =>
    operand?.kind === 'value' ? [{ value: node.value(i), axes: terms[i] as string[] }] : [],
  );
  const [first, second] = values;
  const constant = node.operands.findIndex((operand) => operand?.kind !== 'value');
  if (!first || terms.length > 2) throw new Unsupported(`of ${terms.length} operands`);
  const batch = first.axes[0] as string;
  if (result[0] !== batch || (second && second.axes[0] !== batch)) throw new Unsupported('over the batch');
  if (terms.length === 1) return turned(writer, summed(writer, first, result, node.name), result, node.name);
  if (second) return addProduct(writer, first, second, result, node.name);
  const weights = { tensor: node.required(constant), axes: terms[constant] as string[] };
  return addWeighted(writer, summed(writer, first, [...weights.axes, ...result], node.name), weights, result, node.name); // biome-ignore format: one line
}

/** The letters of operands and result; those that dots stand for are numbers, counted from the last. */
function equationOf(node: OnnxNode, writer: NetworkWriter): { terms: string[][]; result: string[] } {
  const equation = node.string('equation', '').replaceAll(' ', '');
  const refused = () => new Unsupported(`of equation ${equation}`);
  const [left = '', right] = equation.split('->');
  const rankOf = (i: number) => {
    const operand = node.operand(i);
    return operand.kind === 'value' ? writer.shape(operand.value).length : operand.dims.length;
  };
  const lettersOf = (text: string, dots: number) => {
    const found = /^([a-zA-Z]*)(\.\.\.)?([a-zA-Z]*)$/.exec(text);
    if (!found) throw refused();
    const [, before = '', middle, behind = ''] = found;
    const between = middle ? Array.from({ length: dots }, (_, i) => `${dots - i}`) : [];
    return [...before, ...between, ...behind];
  };
  const texts = left.split(',');
  const plain = (text: string) => text.replace('...', '').length;
  const most = Math.max(0, ...texts.map((text, i) => (text.includes('...') ? rankOf(i) - plain(text) : 0)));
  const terms = texts.map((text, i) => lettersOf(text, rankOf(i) - plain(text)));
  const all = terms.flat();
  const implied = [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter) && /[a-z]/i.test(letter)).sort(); // biome-ignore format: one line
  const result = right === undefined ? [...lettersOf('...', most), ...implied] : lettersOf(right, most);
  const sound = [...terms, result].every((letters) => new Set(letters).size === letters.length);
  const fits = terms.every((letters, i) => letters.length === rankOf(i)) && result.every((letter) => all.includes(letter)); // biome-ignore format: one line
  if (!sound || !fits || texts.length !== node.operands.length) throw refused();
  return { terms, result };
}

/** Letters in groups by where they are. */
function grouped(left: readonly string[], right: readonly string[], result: readonly string[]) {
  const shared = left.filter((letter) => right.includes(letter));
  return {
    both: shared.filter((letter) => result.includes(letter)),
    inner: shared.filter((letter) => !result.includes(letter)),
    rows: left.filter((letter) => !right.includes(letter)),
    columns: right.filter((letter) => !left.includes(letter)),
  };
}

/** The product of two computed values: matrices at every place of the axes that both and the result have. */
function addProduct(
  writer: NetworkWriter,
  a: Named,
  b: Named,
  result: readonly string[],
  name: string,
): string {
  const left = summed(writer, a, [...b.axes, ...result], `${name}.left`);
  const right = summed(writer, b, [...a.axes, ...result], `${name}.right`);
  const { both, inner, rows, columns } = grouped(left.axes, right.axes, result);
  const sizes = new Map([...sizesOf(writer, left), ...sizesOf(writer, right)]);
  const count = (letters: readonly string[]) => sizeOf(letters.map((letter) => sizes.get(letter) as number));
  const matrix = (of: Named, groups: readonly [string[], string[]]) => {
    const value = turned(writer, of, [...both, ...groups.flat()], `${name}.turned`);
    const places = both.slice(1).map((letter) => sizes.get(letter) as number);
    return addReshape(writer, value, [...places, ...groups.map(count)], `${name}.matrix`);
  };
  const product = writer.add('MatMul', [matrix(left, [rows, inner]), matrix(right, [inner, columns])], {}, name); // biome-ignore format: one line
  return shaped(writer, product, [...both, ...rows, ...columns], sizes, result, name);
}

/**
 * The product of a value and weights: a dense layer, or, where the weights are others at every place of some axes, a
 * convolution in groups with a kernel of one place.
 */
export function addWeighted(
  writer: NetworkWriter,
  x: Named,
  weights: { readonly tensor: FloatTensor; readonly axes: readonly string[] },
  result: readonly string[],
  name: string,
): string {
  const { both, inner, rows, columns } = grouped(x.axes, weights.axes, result);
  const [batch = '', ...places] = rows;
  if (x.axes[0] !== batch || !columns.every((letter) => result.includes(letter))) throw new Unsupported('over the batch'); // biome-ignore format: one line
  const sizes = sizesOf(writer, x);
  for (const [i, letter] of weights.axes.entries()) {
    const size = weights.tensor.dims[i] as number;
    if ((sizes.get(letter) ?? size) !== size) throw new Unsupported(`of sizes ${sizes.get(letter)} and ${size}`); // biome-ignore format: one line
    sizes.set(letter, size);
  }
  const count = (letters: readonly string[]) => sizeOf(letters.map((letter) => sizes.get(letter) as number));
  const matrix = weightsAlong(weights, [...both, ...columns, ...inner]);
  if (inner.length === 0 && columns.length === 0) {
    const value = turned(writer, x, [...rows, ...both], name);
    const factors = { dims: both.map((letter) => sizes.get(letter) as number), data: matrix };
    const scaled = addConstantOperand(writer, 'Mul', value, factors, name);
    return turned(writer, { value: scaled, axes: [...rows, ...both] }, result, `${name}.result`);
  }
  if (both.length === 0) {
    const value = turned(writer, x, [...rows, ...inner], `${name}.turned`);
    const flat = addReshape(writer, value, [...(places.length > 0 ? [count(places)] : []), count(inner)], `${name}.rows`); // biome-ignore format: one line
    const tensor = floatTensor([count(columns), count(inner)], matrix);
    const attributes = { transB: 1, ...(places.length > 0 && { places: 1 }) };
    const dense = writer.add('Gemm', [flat, writer.weights(tensor, `${name}.weight`)], attributes, name);
    return shaped(writer, dense, [...rows, ...columns], sizes, result, name);
  }
  const value = turned(writer, x, [batch, ...both, ...inner, ...places], `${name}.turned`);
  const flat = addReshape(writer, value, [count([...both, ...inner]), count(places)], `${name}.channels`);
  const window = { kernel: [1], strides: [1], pads: [0, 0], dilations: [1], group: count(both) };
  const tensor = floatTensor([count([...both, ...columns]), count(inner), 1], matrix);
  const layer = addConv(writer, flat, tensor, undefined, window, name);
  return shaped(writer, layer, [batch, ...both, ...columns, ...places], sizes, result, name);
}

/** The weights with their axes in another order. */
function weightsAlong(
  { tensor, axes }: { readonly tensor: FloatTensor; readonly axes: readonly string[] },
  order: readonly string[],
): Float32Array {
  const at = order.map((letter) => axes.indexOf(letter));
  const strides = stridesOf(tensor.dims);
  const data = new Float32Array(tensor.data.length);
  copyStrided(tensor.data, data, at.map((axis) => tensor.dims[axis] as number), at.map((axis) => strides[axis] as number)); // biome-ignore format: one line
  return data;
}

function sizesOf(writer: NetworkWriter, { value, axes }: Named): Map<string, number> {
  const shape = writer.shape(value);
  return new Map(axes.map((letter, axis) => [letter, shape[axis] as number]));
}

/** The value summed over the axes that are not kept. */
function summed(writer: NetworkWriter, x: Named, kept: readonly string[], name: string): Named {
  const gone = x.axes.flatMap((letter, axis) => (kept.includes(letter) ? [] : [axis]));
  if (gone.length === 0) return x;
  const shape = writer.shape(x.value);
  const sample = shape.filter((_, axis) => axis > 0 && !gone.includes(axis));
  const value = addReduction(writer, 'Sum', x.value, gone, sample, `${name}.summed`);
  return { value, axes: x.axes.filter((letter) => kept.includes(letter)) };
}

/** A value with joined axes taken apart again, in the order of the result. */
function shaped(
  writer: NetworkWriter,
  value: string,
  axes: readonly string[],
  sizes: ReadonlyMap<string, number>,
  result: readonly string[],
  name: string,
): string {
  const apart = addReshape(writer, value, axes.slice(1).map((letter) => sizes.get(letter) as number), `${name}.shaped`); // biome-ignore format: one line
  return turned(writer, { value: apart, axes }, result, `${name}.result`);
}

function turned(
  writer: NetworkWriter,
  { value, axes }: Named,
  order: readonly string[],
  name: string,
): string {
  return addTranspose(writer, value, order.map((letter) => axes.indexOf(letter)), name); // biome-ignore format: one line
}
