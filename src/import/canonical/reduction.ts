import { sizeOf } from '../../graph/tensor.js';
import { Unsupported } from '../unsupported.js';
import { addConstantOperand } from './arithmetic.js';
import { addReshape, addTranspose } from './layout.js';
import { addGlobalPool } from './windows.js';
import type { NetworkWriter } from './writer.js';

/** What becomes of all numbers along some axes. */
export type Reduction = 'Mean' | 'Max' | 'Sum';

type Pool = 'AveragePool' | 'MaxPool';

/**
 * Mean, maximum or sum over axes, as a value of the shape `sample`: a pool with a kernel as large as they are; other axes
 * than spatial ones are moved behind.
 * @throws Unsupported over the batch
 */
export function addReduction(
  writer: NetworkWriter,
  kind: Reduction,
  x: string,
  axes: readonly number[],
  sample: readonly number[],
  name: string,
): string {
  const shape = writer.shape(x);
  if (axes.length === 0) throw new Unsupported('over the batch');
  const op = kind === 'Max' ? 'MaxPool' : 'AveragePool';
  const isSpatial = !axes.includes(1) && (shape.length === 3 || shape.length === 4);
  const spatial = axes.map((axis) => axis - 2);
  const pooled = isSpatial
    ? addGlobalPool(writer, op, x, name, spatial)
    : reducedLast(writer, op, x, axes, name);
  const reduced = addReshape(writer, pooled, sample, `${name}.reduced`);
  if (kind !== 'Sum') return reduced;
  const count = sizeOf(axes.map((axis) => shape[axis] as number));
  return addConstantOperand(writer, 'Mul', reduced, { dims: [], data: [count] }, `${name}.sum`);
}

/** [numbers that are kept, 1] */
function reducedLast(
  writer: NetworkWriter,
  op: Pool,
  x: string,
  axes: readonly number[],
  name: string,
): string {
  const blocks: { size: number; goes: boolean }[] = [];
  for (const [i, size] of writer.sample(x).entries()) {
    const goes = axes.includes(i + 1);
    const last = blocks.at(-1);
    if (last?.goes === goes) last.size *= size;
    else blocks.push({ size, goes });
  }
  const order = [false, true].flatMap((goes) =>
    blocks.flatMap((block, i) => (block.goes === goes ? [i + 1] : [])),
  );
  const count = (goes: boolean) =>
    sizeOf(blocks.filter((block) => block.goes === goes).map(({ size }) => size));
  const sizes = blocks.map(({ size }) => size);
  const joined = addReshape(writer, x, sizes, `${name}.blocks`);
  const turned = addTranspose(writer, joined, [0, ...order], `${name}.behind`);
  const rows = addReshape(writer, turned, [count(false), count(true)], `${name}.rows`);
  return addGlobalPool(writer, op, rows, name);
}
