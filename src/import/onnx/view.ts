import { BATCH, type Shape, showShape } from '../../graph/graph.js';
import { sizeOf } from '../../graph/tensor.js';
import { batchesIn, showSize } from '../batch-size.js';
import type { NetworkWriter } from '../canonical/writer.js';
import type { BatchPlace, ComputedValue } from '../constant.js';
import { Unsupported } from '../unsupported.js';
import type { OnnxNode } from './node.js';

/** An array of numbers, which may be made when they are first asked for. */
export interface Numbers {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

const FIRST: BatchPlace = { axis: 0, outer: 1, inner: 1 };

/**
 * A computed value as the file sees it. In the canonical form the batch is the first axis; files put it elsewhere (queries,
 * keys and values stacked on the first axis, sequences before the batch), or join it with others (heads, windows): then the
 * other part of that axis is an axis of its own in the canonical value.
 */
export class View {
  private constructor(
    readonly value: string,
    /** Shape of the canonical value. */
    readonly shape: Shape,
    readonly batch: BatchPlace,
  ) {}

  /** A value that was written, with the batch where the file has it; at the first axis by default. */
  static of(writer: NetworkWriter, { value, batch = FIRST }: Omit<ComputedValue, 'kind'>): View {
    return new View(value, writer.shape(value), batch);
  }

  /** Another value of the same shape, seen in the same way. */
  with(value: string): View {
    return new View(value, this.shape, this.batch);
  }

  /** What nodes read of it. */
  get operand(): ComputedValue {
    return seen(this.value, this.batch);
  }

  /** Elements of the axis that the batch is on, for each sample. */
  get joined(): number {
    return this.batch.outer * this.batch.inner;
  }

  get isFirst(): boolean {
    return alike(this.batch, FIRST);
  }

  /** What the file sees; BATCH where the batch is. */
  get dims(): number[] {
    const rest = this.shape.slice(1);
    return rest.toSpliced(this.batch.axis, this.joined > 1 ? 1 : 0, BATCH);
  }

  /** The canonical axis of one of the file's. @throws Unsupported for that of the batch */
  axis(axis: number): number {
    if (axis === this.batch.axis) throw new Unsupported('over the batch');
    if (axis < this.batch.axis) return axis + 1;
    return this.joined > 1 ? axis + 1 : axis;
  }

  /** Dimensions that repeat over the file's, as they repeat over the canonical ones. */
  aligned(dims: readonly number[]): number[] {
    const rank = this.dims.length;
    if (dims.length > rank || this.isFirst) return [...dims];
    const all = Array.from({ length: rank }, (_, axis) => dims[axis - rank + dims.length] ?? 1);
    if (all[this.batch.axis] !== 1) throw new Unsupported('with constants that differ over the batch');
    return [1, ...all.toSpliced(this.batch.axis, 1, ...(this.joined > 1 ? [1] : []))];
  }

  /** A constant that repeats over the file's dimensions, as it repeats over the canonical ones. */
  alignedConstant(constant: Numbers): Numbers {
    return {
      dims: this.aligned(constant.dims),
      get data() {
        return constant.data;
      },
    };
  }

  /** How many of a sample's numbers the axes before the batch count, and how many it takes between them. */
  get blocks(): { outer: number; inner: number } {
    const { axis, outer, inner } = this.batch;
    const dims = this.dims;
    return { outer: sizeOf(dims.slice(0, axis)) * outer, inner: inner * sizeOf(dims.slice(axis + 1)) };
  }

  /** The place of the batch where axes before it are gone (or new, where `count` is negative). */
  without(count: number): BatchPlace {
    return { ...this.batch, axis: this.batch.axis - count };
  }
}

/** The computed value that a node reads at `index`. */
export function viewOf(node: OnnxNode, writer: NetworkWriter, index = 0): View {
  const operand = node.operand(index);
  if (operand.kind !== 'value') throw new Unsupported(`with a constant as input ${index}`);
  return View.of(writer, operand);
}

/** A canonical value that the file sees with the batch at `batch`. */
export function seen(value: string, batch: BatchPlace): ComputedValue {
  return alike(batch, FIRST) ? { kind: 'value', value } : { kind: 'value', value, batch };
}

/** Whether two values have the batch at the same place. */
export function alike(a: BatchPlace, b: BatchPlace): boolean {
  return a.axis === b.axis && a.outer === b.outer && a.inner === b.inner;
}

/**
 * Where a Reshape to `target` puts the batch, and the canonical shape without the batch; -1 is what is left over.
 * @throws Unsupported where it mixes samples
 */
export function reshapedView(view: View, target: readonly number[], exportedBatch: number) {
  const blocks = view.blocks;
  const refused = () => new Unsupported(`of ${showShape(view.dims)} to [${target.map(showSize).join(', ')}]`);
  const total = blocks.outer * blocks.inner;
  const place = (axis: number): { batch: BatchPlace; sample: number[] } | undefined => {
    const own = target[axis] as number;
    const batches = batchesIn(own);
    const rest = target.filter((_, i) => i !== axis);
    const open = rest.filter((size) => size === -1).length;
    const known = sizeOf(rest.filter((size) => size !== -1));
    if (open > 1 || (open === 1 && batches === undefined)) return undefined;
    const dims = target.map((size) => (size === -1 ? total / known / (batches ?? 1) : size));
    const [before, after] = [dims.slice(0, axis), dims.slice(axis + 1)];
    const [outer, inner] = [blocks.outer / sizeOf(before), blocks.inner / sizeOf(after)];
    if (![outer, inner, ...before, ...after].every((size) => Number.isInteger(size) && size > 0))
      return undefined;
    const joined = outer * inner;
    if (batches !== undefined && joined !== batches) return undefined;
    if (own > 0 && batches === undefined && own !== joined * exportedBatch) return undefined;
    return { batch: { axis, outer, inner }, sample: [...before, ...(joined > 1 ? [joined] : []), ...after] };
  };
  const marked = target.flatMap((size, axis) => (batchesIn(size) === undefined ? [] : [axis]));
  const rest = target.indexOf(-1);
  const candidates = marked.length > 0 ? marked : rest >= 0 ? [rest] : [...target.keys()];
  const found = marked.length > 1 ? undefined : candidates.map(place).find((result) => result !== undefined);
  if (!found) throw refused();
  return found;
}
