import { windowGeometry } from '../../src/graph/geometry.js';
import { floatOf, type Graph, inputOf, intOf, intsOf, type Node, outputOf } from '../../src/graph/graph.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { sizeOf } from '../../src/graph/tensor.js';

/**
 * An independent reference in float64: every linear layer is written out as a matrix from its definition, every rule is
 * its formula over the matrix's entries. One sample at a time, nothing shared with the compiled explanations but the
 * graph and the sizes of its values.
 */
export class Reference {
  readonly values = new Map<string, Float64Array>();
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  constructor(
    readonly graph: Graph,
    input: ArrayLike<number>,
  ) {
    this.#shapes = inferShapes(graph);
    this.values.set(graph.inputs[0]?.name as string, Float64Array.from(input));
    for (const [name, { data }] of graph.constants) this.values.set(name, Float64Array.from(data, Number));
    for (const node of graph.nodes) this.values.set(outputOf(node), this.#forward(node));
  }

  get logits(): Float64Array {
    return this.#value(this.graph.outputs[0] as string);
  }

  /** Relevance of the input when `start` lies on the logits; `ruleOf` names each node's rule. */
  relevance(start: ArrayLike<number>, ruleOf: (node: Node) => string, low = -1, high = 1): Float64Array {
    const carried = new Map<string, Float64Array>([
      [this.graph.outputs[0] as string, Float64Array.from(start)],
    ]);
    for (const node of [...this.graph.nodes].reverse()) {
      const R = carried.get(outputOf(node));
      if (!R) continue;
      for (const [input, share] of this.#backward(node, R, ruleOf(node), low, high)) {
        const sum = carried.get(input);
        if (sum)
          share.forEach((r, i) => { sum[i] = (sum[i] as number) + r; }); // biome-ignore format: one line
        else carried.set(input, share);
      }
    }
    return carried.get(this.graph.inputs[0]?.name as string) as Float64Array;
  }

  #value(name: string): Float64Array {
    return this.values.get(name) as Float64Array;
  }

  #dims(name: string): readonly number[] {
    return (this.#shapes.get(name) as readonly number[]).slice(1);
  }

  #forward(node: Node): Float64Array {
    const x = this.#value(inputOf(node));
    const y = () => this.#value(inputOf(node, 1));
    switch (node.op) {
      case 'Conv':
      case 'Gemm':
      case 'AveragePool':
      case 'BatchNormalization': {
        const { rows, bias } = this.#matrix(node);
        return Float64Array.from(rows, (row, j) => row.reduce((z, [i, w]) => z + w * at(x, i), at(bias, j)));
      }
      case 'Relu':
        return x.map((v) => Math.max(v, 0));
      case 'LeakyRelu':
        return x.map((v) => (v > 0 ? v : floatOf(node, 'alpha', 0.01) * v));
      case 'PRelu':
        return x.map((v, i) => (v > 0 ? v : at(y(), this.#operandIndex(node, 1, i)) * v));
      case 'Clip':
        return x.map((v) => Math.min(Math.max(v, at(y(), 0)), at(this.#value(inputOf(node, 2)), 0)));
      case 'Sigmoid':
        return x.map((v) => 1 / (1 + Math.exp(-v)));
      case 'Tanh':
        return x.map(Math.tanh);
      case 'HardSigmoid':
        return x.map((v) => {
          const z = floatOf(node, 'alpha', 0.2) * v + floatOf(node, 'beta', 0.5);
          return Math.min(Math.max(z, 0), 1);
        });
      case 'SignedRoot':
        return x.map((v) => Math.sign(v) * Math.sqrt(Math.abs(v)));
      case 'HardSwish':
        return x.map((v) => v * Math.min(Math.max(v / 6 + 0.5, 0), 1));
      case 'Mish':
        return x.map((v) => v * Math.tanh(Math.log1p(Math.exp(v))));
      case 'Softplus':
        return x.map((v) => Math.log1p(Math.exp(v)));
      case 'Abs':
        return x.map(Math.abs);
      case 'Erf':
        return x.map(erf);
      case 'Exp':
        return x.map(Math.exp);
      case 'Log':
        return x.map(Math.log);
      case 'Sqrt':
        return x.map(Math.sqrt);
      case 'Reciprocal':
        return x.map((v) => 1 / v);
      case 'Pow':
        return x.map((v) => v ** at(y(), 0));
      case 'Elu':
        return x.map((v) => (v > 0 ? v : floatOf(node, 'alpha', 1) * Math.expm1(v)));
      case 'Softmax': {
        const exponentials = x.map(Math.exp);
        const sum = exponentials.reduce((a, b) => a + b);
        return exponentials.map((v) => v / sum);
      }
      case 'MaxPool':
        return Float64Array.from(this.#windows(node), (window) => Math.max(...window.map((i) => at(x, i))));
      case 'LRN':
        return x.map((v, i) => v * this.#lrnDenominator(node, i) ** -floatOf(node, 'beta', 0.75));
      case 'Add':
      case 'Sub':
      case 'Mul':
      case 'Div':
      case 'Max': {
        const result = new Float64Array(sizeOf(this.#dims(outputOf(node))));
        return result.map((_, i) => {
          const [a, b] = [0, 1].map((k) => at(this.#value(inputOf(node, k)), this.#operandIndex(node, k, i)));
          return BINARY[node.op]?.(a as number, b as number) as number;
        });
      }
      default: {
        const result = new Float64Array(sizeOf(this.#dims(outputOf(node))));
        for (const [from, to, input] of this.#moves(node)) result[to] = at(this.#value(input), from);
        return result;
      }
    }
  }

  #backward(node: Node, R: Float64Array, rule: string, low: number, high: number): [string, Float64Array][] {
    const input = inputOf(node);
    const x = this.#value(input);
    const share = new Float64Array(x.length);
    const give = (i: number, r: number) => {
      share[i] = at(share, i) + r;
    };
    switch (node.op) {
      case 'Conv':
      case 'Gemm':
      case 'AveragePool':
      case 'BatchNormalization':
      case 'Mul': {
        if (rule === 'pass') return [[input, R.slice()]];
        const { rows, bias } = this.#matrix(node);
        const name = rule.startsWith('proportional') ? rule.replace('proportional', 'sum') : rule;
        rows.forEach((row, j) => {
          const parts = fractions(name, row.map(([i]) => at(x, i)), row.map(([, w]) => w), at(bias, j), low, high); // biome-ignore format: one line
          row.forEach(([i], k) => {
            give(i, (parts[k] as number) * at(R, j));
          });
        });
        return [[input, share]];
      }
      case 'MaxPool':
        this.#windows(node).forEach((window, j) => {
          const best = Math.max(...window.map((i) => at(x, i)));
          give(window.find((i) => at(x, i) === best) as number, at(R, j));
        });
        return [[input, share]];
      case 'Add':
      case 'Sub':
      case 'Max': {
        const y = this.#value(outputOf(node));
        return [0, 1].map((k) => {
          const operand = this.#value(inputOf(node, k));
          const result = new Float64Array(operand.length);
          R.forEach((r, j) => {
            const i = this.#operandIndex(node, k, j);
            const [a, z] = [at(operand, i), at(y, j)];
            const other = at(this.#value(inputOf(node, 1 - k)), this.#operandIndex(node, 1 - k, j));
            const wins = k === 0 ? a >= other : a > other;
            const signed = node.op === 'Sub' && k === 1 ? -a : a;
            result[i] =
              at(result, i) +
              (node.op === 'Max' ? (wins ? r : 0) : (signed / stabilise(z, stabiliserOf(rule))) * r);
          });
          return [inputOf(node, k), result];
        });
      }
      case 'LRN':
        if (!rule.startsWith('taylor')) return [[input, R.slice()]];
        R.forEach((r, k) => {
          const messages = this.#lrnMessages(node, k);
          const sum = stabilise(messages.reduce((a, [, z]) => a + z, 0), stabiliserOf(rule)); // biome-ignore format: one line
          for (const [i, z] of messages) give(i, (z / sum) * r);
        });
        return [[input, share]];
      case 'Reshape':
      case 'Transpose':
      case 'Slice':
      case 'Pad':
      case 'Concat': {
        const results = new Map<string, Float64Array>();
        for (const [from, to, name] of this.#moves(node)) {
          const result = results.get(name) ?? new Float64Array(this.#value(name).length);
          result[from] = at(result, from) + at(R, to);
          results.set(name, result);
        }
        return [...results];
      }
      default:
        return [[input, R.slice()]];
    }
  }

  /** The layer as a matrix: for each output its inputs with their weights. */
  #matrix(node: Node): { rows: [number, number][][]; bias: Float64Array } {
    const W = this.#value(inputOf(node, 1));
    const outputs = sizeOf(this.#dims(outputOf(node)));
    if (node.op === 'Mul') {
      if (!this.graph.constants.has(inputOf(node, 1))) throw new Error('no reference for products');
      const rows = range(outputs).map((i) => [[i, at(W, this.#operandIndex(node, 1, i))] as Entry]);
      return { rows, bias: new Float64Array(outputs) };
    }
    if (node.op === 'BatchNormalization') {
      const [shift, mean, variance] = [2, 3, 4].map((k) => this.#value(inputOf(node, k)));
      const channel = (i: number) => Math.floor((i * W.length) / outputs);
      const factors = W.map(
        (w, c) => w / Math.sqrt(at(variance as Float64Array, c) + floatOf(node, 'epsilon', 1e-5)),
      );
      const summands = factors.map((f, c) => at(shift as Float64Array, c) - f * at(mean as Float64Array, c));
      const rows = range(outputs).map((i) => [[i, at(factors, channel(i))] as Entry]);
      return { rows, bias: Float64Array.from(range(outputs), (i) => at(summands, channel(i))) };
    }
    if (node.op === 'Gemm') {
      const inputs = W.length / outputs;
      const rows = range(outputs).map((j) => range(inputs).map((i) => [i, at(W, j * inputs + i)] as Entry));
      return { rows, bias: this.#value(inputOf(node, 2)) ?? new Float64Array(outputs) };
    }
    if (node.op === 'AveragePool') {
      const taps = sizeOf(intsOf(node, 'kernel_shape'));
      const rows = this.#windows(node).map((window) => window.map((i) => [i, 1 / taps] as Entry));
      return { rows, bias: new Float64Array(outputs) };
    }
    const [filters = 0, ...out] = this.#dims(outputOf(node));
    const channels = (this.#dims(inputOf(node))[0] as number) / intOf(node, 'group', 1);
    const taps = sizeOf(intsOf(node, 'kernel_shape'));
    const area = sizeOf(this.#dims(inputOf(node)).slice(1));
    const places = this.#places(node);
    const rows = range(filters).flatMap((m) => {
      const group = Math.floor(m / (filters / intOf(node, 'group', 1)));
      return range(sizeOf(out)).map((o) =>
        range(channels).flatMap((c) =>
          (places[o] as [number, number][]).map(([tap, place]) => {
            const w = at(W, (m * channels + c) * taps + tap);
            return [(group * channels + c) * area + place, w] as Entry;
          }),
        ),
      );
    });
    const given = this.#value(inputOf(node, 2));
    return { rows, bias: Float64Array.from(rows, (_, j) => given?.[Math.floor(j / sizeOf(out))] ?? 0) };
  }

  /** Inputs in each window of a pool, in row-major order, channel by channel. */
  #windows(node: Node): number[][] {
    const [channels = 0, ...spatial] = this.#dims(inputOf(node));
    const places = this.#places(node);
    return range(channels).flatMap((c) =>
      places.map((window) => window.map(([, place]) => c * sizeOf(spatial) + place)),
    );
  }

  /** For each window position the [tap, place] pairs that lie inside the input. */
  #places(node: Node): [number, number][][] {
    const [, ...spatial] = this.#dims(inputOf(node));
    const { kernel, strides, padsBegin, dilations, output } = windowGeometry(node, spatial);
    return indices(output).map((o) =>
      indices(kernel).flatMap((tap, index) => {
        const place = tap.map((t, a) => at(o, a) * at(strides, a) - at(padsBegin, a) + t * at(dilations, a));
        const inside = place.every((p, a) => p >= 0 && p < at(spatial, a));
        return inside ? [[index, place.reduce((sum, p, a) => sum * at(spatial, a) + p, 0)] as Entry] : [];
      }),
    );
  }

  #operandIndex(node: Node, k: number, index: number): number {
    const out = this.#dims(outputOf(node));
    const name = inputOf(node, k);
    const full = this.#shapes.get(name)?.slice(1) ?? this.graph.constants.get(name)?.dims ?? [];
    const dims = [...out.map(() => 1), ...full].slice(-out.length);
    const place = unravel(index, out);
    return dims.reduce((sum, dim, a) => sum * dim + (dim === 1 ? 0 : at(place, a)), 0);
  }

  #lrnWindow(node: Node, index: number): number[] {
    const [channels = 0, ...spatial] = this.#dims(inputOf(node));
    const area = sizeOf(spatial);
    const channel = Math.floor(index / area);
    const size = intOf(node, 'size', 1);
    const begin = Math.max(0, channel - Math.floor((size - 1) / 2));
    const end = Math.min(channels - 1, channel + Math.ceil((size - 1) / 2));
    return range(end - begin + 1).map((c) => (begin + c) * area + (index % area));
  }

  #lrnDenominator(node: Node, index: number, of = this.#lrnWindow(node, index)): number {
    const x = this.#value(inputOf(node));
    const sum = of.reduce((total, i) => total + at(x, i) ** 2, 0);
    return floatOf(node, 'bias', 1) + (floatOf(node, 'alpha', 1e-4) / intOf(node, 'size', 1)) * sum;
  }

  /** z_jk of Binder et al. for output k. */
  #lrnMessages(node: Node, k: number): Entry[] {
    const x = this.#value(inputOf(node));
    const beta = floatOf(node, 'beta', 0.75);
    const weight = floatOf(node, 'alpha', 1e-4) / intOf(node, 'size', 1);
    const D = this.#lrnDenominator(node, k);
    return this.#lrnWindow(node, k).map((j) => {
      if (j === k) return [j, at(x, k) / this.#lrnDenominator(node, k, [k]) ** beta];
      return [j, (-2 * beta * weight * at(x, k) * at(x, j) ** 2) / D ** (beta + 1)];
    });
  }

  /** [from, to, input]: which number of which input lands where in the output. */
  #moves(node: Node): [number, number, string][] {
    const input = inputOf(node);
    const dims = this.#dims(input);
    const out = this.#dims(outputOf(node));
    const ints = (k: number) => Array.from(this.#value(inputOf(node, k)));
    const ravel = (place: readonly number[]) => place.reduce((sum, p, a) => sum * at(out, a) + p, 0);
    switch (node.op) {
      case 'Reshape':
        return range(sizeOf(dims)).map((i) => [i, i, input]);
      case 'Transpose': {
        const order = intsOf(node, 'perm').slice(1).map((axis) => axis - 1); // biome-ignore format: one line
        return indices(dims).map((place, i) => [i, ravel(order.map((axis) => at(place, axis))), input]);
      }
      case 'Pad':
        return indices(dims).flatMap((place, i) => {
          const moved = place.map((p, a) => p + at(ints(1), a + 1));
          return moved.every((p, a) => p >= 0 && p < at(out, a)) ? [[i, ravel(moved), input] as const] : [];
        }) as [number, number, string][];
      case 'Slice': {
        const [starts, axes, steps] = [ints(1), ints(3), ints(4)];
        return indices(out).map((place, o) => {
          const from = [...place];
          axes.forEach((axis, k) => {
            from[axis - 1] = at(starts, k) + at(place, axis - 1) * at(steps, k);
          });
          return [from.reduce((sum, p, a) => sum * at(dims, a) + p, 0), o, input];
        });
      }
      case 'Concat': {
        const axis = intOf(node, 'axis', 1) - 1;
        let offset = 0;
        return node.inputs.flatMap((name) => {
          const shift = offset;
          offset += at(this.#dims(name), axis);
          return indices(this.#dims(name)).map((place, i) => {
            const moved = place.map((p, a) => (a === axis ? p + shift : p));
            return [i, ravel(moved), name] as [number, number, string];
          });
        });
      }
      default:
        throw new Error(`no reference for ${node.op}`);
    }
  }
}

type Entry = [number, number];

const BINARY: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
};

/** 2 / sqrt(pi) times the integral of e^-t^2 from 0 to x, by Simpson's rule. */
function erf(x: number): number {
  const steps = 1000;
  const h = x / steps;
  let sum = 1 + Math.exp(-x * x);
  for (let i = 1; i < steps; i++) sum += Math.exp(-((i * h) ** 2)) * (i % 2 === 1 ? 4 : 2);
  return ((2 / Math.sqrt(Math.PI)) * sum * h) / 3;
}

/**
 * R_i / R of one neuron with inputs x, weights w and bias b: each rule as its formula; `|rule|` for absolute values, and
 * with options, as they are written: `zplus, stabiliser 0.1, no bias`.
 */
export function fractions(
  rule: string,
  x: readonly number[],
  w: readonly number[],
  b: number,
  low = -1,
  high = 1,
): number[] {
  if (rule.startsWith('|')) return fractions(rule.slice(1, -1), x, w, b, low, high).map(Math.abs);
  const unbiased = ', no bias';
  if (rule.endsWith(unbiased)) return fractions(rule.slice(0, -unbiased.length), x, w, 0, low, high);
  const spread = ', bias spread';
  if (rule.endsWith(spread)) {
    // The bias is one more input, of contribution b; what it gets goes to all others, evenly.
    const withBias = fractions(rule.slice(0, -spread.length), [...x, 1], [...w, b], 0, low, high);
    const share = at(withBias, x.length) / x.length;
    return withBias.slice(0, -1).map((fraction) => fraction + share);
  }
  const z = x.map((v, i) => v * at(w, i));
  const over = (parts: number[], bias: number, epsilon = stabiliserOf(rule)) => {
    const sum = stabilise(parts.reduce((a, part) => a + part, bias), epsilon); // biome-ignore format: one line
    return parts.map((part) => part / sum);
  };
  const [above, below] = [(v: number) => Math.max(v, 0), (v: number) => Math.min(v, 0)];
  const name = /^[a-z]+/.exec(rule)?.[0];
  const given = rule.match(/\d+(\.\d+)?(e-?\d+)?/g) ?? [];
  switch (name) {
    case 'epsilon':
      return over(z, b, Number(given[0]));
    case 'sum':
      return over(z, b);
    case 'gradient':
      return [...w];
    case 'zplus':
      return over(z.map(above), above(b));
    case 'alpha': {
      const [alpha, beta] = given.map(Number) as [number, number];
      const negative = over(z.map(below), below(b));
      return over(z.map(above), above(b)).map((p, i) => alpha * p - beta * at(negative, i));
    }
    case 'contrast': {
      const negative = over(z.map(below), below(b));
      return over(z.map(above), above(b)).map((p, i) => p - at(negative, i));
    }
    case 'gamma': {
      const gamma = Number(given[0]);
      const half = z.reduce((a, part) => a + part, b) > 0 ? above : below;
      const bent = (v: number) => v + gamma * half(v);
      return over(z.map(bent), bent(b));
    }
    case 'wsquare':
      return over(w.map((v) => v * v), 0); // biome-ignore format: one line
    case 'flat':
      return over(w.map(() => 1), 0); // biome-ignore format: one line
    case 'zbox':
      return over(z.map((v, i) => v - low * above(at(w, i)) - high * below(at(w, i))), 0); // biome-ignore format: one line
    default:
      throw new Error(`no reference for rule ${rule}`);
  }
}

function stabiliserOf(rule: string): number {
  return Number(/stabiliser ([^,]+)/.exec(rule)?.[1] ?? 1e-6);
}

function stabilise(z: number, epsilon: number): number {
  return z < 0 ? z - epsilon : z + epsilon;
}

function at(list: ArrayLike<number>, index: number): number {
  return list[index] as number;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function unravel(index: number, dims: readonly number[]): number[] {
  const place: number[] = [];
  let rest = index;
  for (const dim of [...dims].reverse()) {
    place.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return place;
}

function indices(dims: readonly number[]): number[][] {
  return range(sizeOf(dims)).map((index) => unravel(index, dims));
}
