import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

const X = [0.5, -1.5, 2, 0.25];
const V = [1, -2, 0.5, 3];
const EPSILON = { epsilon: { float: 1e-5 } };

/** The relevance of input X for the one logit of a network of 4 features. */
async function relevanceOf(method: string, write: (network: NetworkBuilder, x: string) => string) {
  const network = new NetworkBuilder([4]);
  const graph = network.build(write(network, network.input));
  const set = await createExplainers(onnxruntime, networkFrom(graph), [method]);
  const [[explained] = []] = await set.explain([{ id: 'x', input: Float32Array.from(X), target: 0 }]);
  await set.release();
  return explained?.relevance as Float32Array;
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
const mean = (a: readonly number[]) => dot(a, a.map(() => 1)) / a.length; // biome-ignore format: one line
const A = [0.3, -0.2, 0.7, 0.1];
const B = [-0.4, 0.9, 0.2, 0.6];

describe('rules worked by hand, R = x g', () => {
  test.each(['attnlrp', 'cp-lrp'])(
    '%s: LayerNorm holds the deviation constant, its mean is none',
    async (method) => {
      const got = await relevanceOf(method, (n, x) =>
        n.gemm(n.add('LayerNormalization', [x, n.constant([4], A), n.constant([4], B)], EPSILON), [V]),
      );
      const deviation = Math.sqrt(mean(X.map((x) => (x - mean(X)) ** 2)) + 1e-5);
      const w = V.map((v, i) => v * (A[i] as number));
      expect(relativeError(got, X.map((x, i) => (x * ((w[i] as number) - mean(w))) / deviation))).toBeLessThan(1e-6); // biome-ignore format: one line
    },
  );

  test('RMSNorm holds all of its divisor constant', async () => {
    const got = await relevanceOf('attnlrp', (n, x) =>
      n.gemm(n.add('RMSNormalization', [x, n.constant([4], A)], EPSILON), [V]),
    );
    const divisor = Math.sqrt(mean(X.map((x) => x * x)) + 1e-5);
    expect(relativeError(got, X.map((x, i) => (x * (V[i] as number) * (A[i] as number)) / divisor))).toBeLessThan(1e-6); // biome-ignore format: one line
  });

  test.each(['Gelu', 'Silu', 'Tanh', 'HardSwish', 'Mish', 'Erf'])('%s hands relevance on', async (op) => {
    const got = await relevanceOf('attnlrp', (n, x) => n.gemm(n.add(op, [n.gemm(x, [A, B])]), [[1, 1]]));
    const values: Record<string, (z: number) => number> = {
      Gelu: (z) => z * normalShare(z),
      Silu: (z) => z / (1 + Math.exp(-z)),
      Tanh: Math.tanh,
      HardSwish: (z) => z * Math.min(1, Math.max(0, z / 6 + 0.5)),
      Mish: (z) => z * Math.tanh(Math.log(1 + Math.exp(z))),
      Erf: (z) => 2 * normalShare(z * Math.SQRT2) - 1,
    };
    const f = values[op] as (z: number) => number;
    const [a, b] = [dot(A, X), dot(B, X)];
    const expected = X.map((x, i) => x * (((f(a) / a) * (A[i] as number)) + (f(b) / b) * (B[i] as number))); // biome-ignore format: one line
    expect(relativeError(got, expected)).toBeLessThan(1e-6);
  });

  test('what is divided takes all, as if the divisor were a constant', async () => {
    const got = await relevanceOf('attnlrp', (n, x) =>
      n.add('Div', [n.gemm(x, [A]), n.add('Softplus', [n.gemm(x, [B])])]),
    );
    const divisor = Math.log(1 + Math.exp(dot(B, X)));
    expect(
      relativeError(
        got,
        X.map((x, i) => (x * (A[i] as number)) / divisor),
      ),
    ).toBeLessThan(1e-6);
  });

  test.each(['Exp', 'Softplus'])('%s, which is not 0 at 0, by its slope', async (op) => {
    const got = await relevanceOf('attnlrp', (n, x) => n.add(op, [n.gemm(x, [A])]));
    const z = dot(A, X);
    const slope = op === 'Exp' ? Math.exp(z) : 1 / (1 + Math.exp(-z));
    expect(
      relativeError(
        got,
        X.map((x, i) => x * (A[i] as number) * slope),
      ),
    ).toBeLessThan(1e-6);
  });

  test('a product of two computed values gives half to each; a gate counts as a constant for cp-lrp', async () => {
    const write = (gate: string) => (n: NetworkBuilder, x: string) =>
      n.add('Mul', [n.add(gate, [n.gemm(x, [A])]), n.gemm(x, [B])]);
    const [a, b] = [dot(A, X), dot(B, X)];
    const swish = 1 / (1 + Math.exp(-a));
    const half = X.map((x, i) => (x * (swish * (A[i] as number) * b + a * swish * (B[i] as number))) / 2);
    expect(relativeError(await relevanceOf('attnlrp', write('Silu')), half)).toBeLessThan(1e-6);
    const other = X.map((x, i) => x * a * swish * (B[i] as number));
    expect(relativeError(await relevanceOf('cp-lrp', write('Silu')), other)).toBeLessThan(1e-6);
  });

  test('gamma strengthens contributions by the sign of the neuron, and the bias with them', async () => {
    const got = await relevanceOf('attnlrp-gamma', (n, x) =>
      n.gemm(n.add('Gelu', [n.gemm(x, [A, B], [0.1, -0.3])]), [[1, 1]]),
    );
    const share = (w: readonly number[], bias: number) => {
      const z = dot(w, X) + bias;
      const favoured = (c: number) => c + 0.05 * (c * z > 0 ? c : 0);
      const parts = X.map((x, i) => favoured(x * (w[i] as number)));
      const sum = parts.reduce((total, part) => total + part, favoured(bias));
      return parts.map((part) => (part / sum) * z * normalShare(z));
    };
    const [first, second] = [share(A, 0.1), share(B, -0.3)];
    // The last layer is beside an activation too: its contributions are f(z), without bias.
    const outputs = [first, second].map((_, j) => { const z = dot(j === 0 ? A : B, X) + (j === 0 ? 0.1 : -0.3); return z * normalShare(z); }); // biome-ignore format: one line
    const logit = outputs.reduce((sum, value) => sum + value, 0);
    const strong = outputs.map((value) => value * (value * logit > 0 ? 1.05 : 1));
    const scale = strong.map((value) => (value / strong.reduce((sum, one) => sum + one, 0)) * logit);
    const expected = X.map((_, i) => (first[i] as number) * (scale[0] as number) / (outputs[0] as number) + (second[i] as number) * (scale[1] as number) / (outputs[1] as number)); // biome-ignore format: one line
    expect(relativeError(got, expected)).toBeLessThan(1e-6);
  });
});

/** The share of a normal distribution below z, by Simpson's rule. */
function normalShare(z: number): number {
  const steps = 2000;
  const h = z / steps;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(z);
  for (let i = 1; i < steps; i++) sum += density(i * h) * (i % 2 === 1 ? 4 : 2);
  return 0.5 + (sum * h) / 3;
}

/** A block of attention over 3 tokens of 4 features, with every operator of transformers in it. */
function block(n: NetworkBuilder): string {
  const weights = (rows: number, columns: number, key: string) =>
    n.constant([rows, columns], numbers(rows * columns, key));
  const dense = (x: string, rows: number, columns: number, key: string) => n.add('Gemm', [x, weights(rows, columns, key), n.constant([rows], numbers(rows, key, 'b'))], { transB: 1, places: 1 }); // biome-ignore format: one line
  const vector = (key: string) => n.constant([4], numbers(4, key));
  const x = n.add('LayerNormalization', [n.input, vector('scale'), vector('shift')], EPSILON);
  const [q, k, v] = ['q', 'k', 'v'].map((key) => dense(x, 4, 4, key)) as [string, string, string];
  const scores = n.add('MatMul', [q, n.add('Transpose', [k], { perm: [0, 2, 1] })]);
  const attended = n.add('MatMul', [n.add('Softmax', [scores], { axis: 2 }), v]);
  const sum = n.add('Add', [n.input, attended]);
  const normed = n.add('RMSNormalization', [sum, vector('rms')], EPSILON);
  const [gate, up] = [n.add('Silu', [dense(normed, 5, 4, 'gate')]), dense(normed, 5, 4, 'up')];
  const mixed = dense(n.add('Gelu', [n.add('Mul', [gate, up])], { approximate: 'tanh' }), 4, 5, 'down');
  const flat = n.reshape(n.add('Gelu', [n.add('Add', [sum, mixed])]), [12]);
  return n.add('Gemm', [flat, weights(2, 12, 'head')], { transB: 1 });
}

describe('a block with every operator of transformers', () => {
  const network = new NetworkBuilder([3, 4]);
  const graph = network.build(block(network));
  const input = numbers(12, 'tokens');
  const explained = async (methods: string[], inputs: readonly Float32Array[]) => {
    const set = await createExplainers(onnxruntime, networkFrom(graph), methods, { batch: 3 });
    const found = await set.explain(inputs.map((one) => ({ id: '', input: one, target: 1 })));
    await set.release();
    return found;
  };

  test('its gradient is that of its logits', async () => {
    const step = 2 ** -7;
    const moved = Array.from({ length: 12 }, (_, i) => [1, -1].map((sign) => input.map((x, j) => (i === j ? x + sign * step : x)))); // biome-ignore format: one line
    const [[{ relevance } = { relevance: new Float32Array() }] = []] = await explained(['gradient'], [input]);
    const [values = []] = await explained(['gradient'], moved.flat());
    const slopes = moved.map((_, i) => ((values[2 * i]?.logits[1] as number) - (values[2 * i + 1]?.logits[1] as number)) / (2 * step)); // biome-ignore format: one line
    expect(relativeError(relevance, slopes)).toBeLessThan(1e-3);
  });

  test('every method gives every sample its own numbers, in whatever company', async () => {
    const methods = ['attnlrp', 'attnlrp-gamma', 'cp-lrp', 'cp-lrp-gamma', 'gradient'];
    const other = numbers(12, 'other');
    const together = await explained(methods, [other, input]);
    const alone = await explained(methods, [input]);
    methods.forEach((_, m) => {
      expect(relativeError(together[m]?.[1]?.relevance ?? [], alone[m]?.[0]?.relevance ?? [])).toBeLessThan(
        1e-6,
      );
    });
  });
});

describe('attention methods', () => {
  /** Attention of one head over 2 tokens of their own and 4 patches; logits are read off the first ones. */
  function distilled(readsTwo: boolean) {
    const n = new NetworkBuilder([1, 4, 4]);
    const { builder } = n;
    const window = { kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };
    const patches = n.add('Conv', [n.input, n.constant([3, 1, 2, 2], numbers(12, 'conv'))], window);
    const rows = n.add('Transpose', [n.reshape(patches, [3, 4])], { perm: [0, 2, 1] });
    const own = readsTwo ? 2 : 1;
    const padded = n.add('Pad', [rows, builder.ints([0, own, 0, 0, 0, 0])]);
    const tokens = n.add('Add', [padded, n.constant([1, 4 + own, 3], numbers(12 + 3 * own, 'positions'))]);
    const heads = n.add('Transpose', [n.reshape(tokens, [4 + own, 1, 3])], { perm: [0, 2, 1, 3] });
    const scores = n.add('MatMul', [heads, n.add('Transpose', [heads], { perm: [0, 1, 3, 2] })]);
    const attended = n.add('MatMul', [n.add('Softmax', [scores], { axis: 3 }), heads]);
    const joined = n.reshape(n.add('Transpose', [attended], { perm: [0, 2, 1, 3] }), [4 + own, 3]);
    const logits = Array.from({ length: own }, (_, token) => {
      const cut = [token, token + 1, 1, 1].map((number) => builder.ints([number]));
      const weights = n.constant([2, 3], numbers(6, 'head', token));
      return n.add('Gemm', [n.reshape(n.add('Slice', [joined, ...cut]), [3]), weights], { transB: 1 });
    });
    return networkFrom(n.build(readsTwo ? n.add('Add', logits) : (logits[0] as string)));
  }

  test('take a network of one class token, and refuse one of two, as distilled ones have', async () => {
    const one = await createExplainers(onnxruntime, distilled(false), ['attention-rollout']);
    const [[explained] = []] = await one.explain([{ id: '', input: numbers(16, 'image'), target: 0 }]);
    await one.release();
    expect(Math.min(...(explained?.relevance ?? []))).toBeGreaterThan(0);
    await expect(createExplainers(onnxruntime, distilled(true), ['attention-rollout'])).rejects.toThrow(
      'its logits are read off several tokens, not off a class token',
    );
  });
});
