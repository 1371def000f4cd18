import { type WindowGeometry, windowGeometry } from '../../graph/geometry.js';
import { inputOf, intsOf, type Node, outputOf } from '../../graph/graph.js';
import { type Relevance, type Scope, shapeOf } from '../scope.js';
import { depthwise, type Plane, type View, whole } from './depthwise.js';

/**
 * Whether {@link byComparison} may be used and pays: windows without gaps over channels in whole vectors, and nothing
 * below zero, so that zero padding can only tie with windows of zeros, which carry no relevance, or a gradient that ends
 * there.
 */
export function comparable(scope: Scope, node: Node, { support }: Relevance): boolean {
  const input = inputOf(node);
  const { kernel, strides, dilations } = geometryOf(scope, node);
  return (
    scope.nonNegative.has(input) &&
    (support !== 'anywhere' || scope.deadZeros.has(input)) &&
    kernel.every((size, axis) => dilations[axis] === 1 && size >= (strides[axis] as number)) &&
    channelsOf(scope, node) % 16 === 0
  );
}

/**
 * Hands the relevance `map` of a pool's maxima to the winners by comparing each tap of the windows with the maximum, axis
 * by axis: among the maxima of a window's rows the first that equals the window's wins, and in that row the first number
 * that equals the row's. Up to three times as fast as by indices, which runtimes find one number at a time.
 */
export function byComparison(scope: Scope, node: Node, map: string): string {
  const geometry = geometryOf(scope, node);
  const axes = geometry.input.map((_, axis) => new PoolAxis(scope, node, geometry, axis));
  const [down, across] = axes as [PoolAxis, PoolAxis];
  const x = { name: inputOf(node), size: geometry.input };
  const maxima = { name: outputOf(node), size: geometry.output };
  if (axes.length === 1) return down.joined(down.winners((taps) => [taps], x, maxima, map));

  const rows = { name: rowMaxima(scope, node), size: [down.input, across.output] };
  const { part } = depthwise(scope.builder, channelsOf(scope, node));
  const lines = down.winners((taps) => [taps, whole(across.output)], rows, maxima, map);
  const joined = lines.map((relevance, phase) => {
    const line = down.every(phase);
    const views = [line, whole(across.output)];
    const tops = { name: part(rows, views), size: [line.count, across.output] };
    return across.joined(across.winners((taps) => [line, taps], x, tops, relevance));
  });
  return down.joined(joined);
}

function geometryOf(scope: Scope, node: Node): WindowGeometry {
  return windowGeometry(node, shapeOf(scope, inputOf(node)).slice(2));
}

function channelsOf(scope: Scope, node: Node): number {
  return shapeOf(scope, inputOf(node))[1] as number;
}

/** The pool along rows alone. */
function rowMaxima({ builder }: Scope, node: Node): string {
  const across = (attribute: string, other: number) =>
    intsOf(node, attribute).map((value, i) => (i % 2 === 1 ? value : other));
  const attributes = {
    kernel_shape: across('kernel_shape', 1),
    strides: across('strides', 1),
    pads: across('pads', 0),
  };
  return builder.add('MaxPool', [inputOf(node)], attributes, `${node.name}/rows`);
}

/**
 * One axis of a pool. Where windows move by `stride` numbers, the input's positions fall into as many phases, one for
 * each remainder, which are computed at the size of the output and put side by side at last.
 */
class PoolAxis {
  readonly input: number;
  readonly output: number;
  readonly #spatial: readonly number[];
  readonly #kernel: number;
  readonly #stride: number;
  readonly #pad: number;
  /** Positions of a phase: as many in each, so that the last one may lie outside. */
  readonly #positions: number;

  constructor(
    readonly scope: Scope,
    readonly node: Node,
    { kernel, strides, padsBegin, input, output }: WindowGeometry,
    readonly axis: number,
  ) {
    const at = (list: readonly number[]) => list[axis] as number;
    this.input = at(input);
    this.output = at(output);
    this.#spatial = input;
    this.#kernel = at(kernel);
    this.#stride = at(strides);
    this.#pad = at(padsBegin);
    this.#positions = Math.ceil(this.input / this.#stride);
  }

  /** Every position of a phase. */
  every(phase: number): View {
    return { start: phase, step: this.#stride, count: this.#positions };
  }

  /**
   * Hands the relevance of maxima to the first numbers of `x` that equal them.
   * @param seen what of `x` is compared, in the size of the maxima, when the view of this axis is `taps`
   * @returns for every phase, what its positions get
   */
  winners(seen: (taps: View) => readonly View[], x: Plane, maxima: Plane, relevance: string): string[] {
    const { builder, calc } = this.scope;
    const { part, affine } = depthwise(builder, channelsOf(this.scope, this.node));
    const { size } = maxima;
    const last = this.#kernel - 1;
    const phases = Array.from({ length: this.#stride }, (): string[] => []);
    const give = (tap: number, share: string) => {
      const place = tap - this.#pad;
      const phase = ((place % this.#stride) + this.#stride) % this.#stride;
      const shift = (place - phase) / this.#stride;
      const views = size.map((length, axis) =>
        axis === this.axis ? { start: -shift, step: 1, count: this.#positions } : whole(length),
      );
      phases[phase]?.push(part({ name: share, size }, views));
    };
    let left = relevance;
    for (let tap = 0; tap < last; tap++) {
      const views = seen({ start: tap - this.#pad, step: this.#stride, count: this.output });
      const distance = calc.add(part(x, views, -1), maxima.name);
      // 1 where the distance is 0, else 0.
      const equal = calc.positive(affine(distance, size.length, -(2 ** 100), 1));
      const taken = calc.mul(left, equal);
      left = calc.add(affine(taken, size.length, -1), left);
      give(tap, taken);
    }
    give(last, left);
    return phases.map((shares) => builder.sum(shares));
  }

  /** Phases side by side: the first number of each, then the second of each... */
  joined(phases: readonly string[]): string {
    if (phases.length === 1) return phases[0] as string;
    const { builder } = this.scope;
    const axis = 2 + this.axis;
    const behind = builder.ints([axis + 1]);
    const apart = phases.map((phase) => builder.add('Unsqueeze', [phase, behind]));
    const pairs = builder.add('Concat', apart, { axis: axis + 1 });
    const length = this.#positions * this.#stride;
    const dims = [0, 0, ...this.#spatial.map((size, i) => (i < this.axis ? 0 : size))];
    dims[axis] = length;
    const side = builder.add('Reshape', [pairs, builder.ints(dims)]);
    if (length === this.input) return side;
    return builder.add('Slice', [side, builder.ints([0]), builder.ints([this.input]), builder.ints([axis])]);
  }
}
