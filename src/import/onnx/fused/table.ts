import type { NodeProto } from '../../../onnx/decode.js';
import { Unsupported } from '../../unsupported.js';
import { attention, multiHeadAttention } from './attention.js';
import {
  linearClassifier,
  linearRegressor,
  normalizer,
  scaler,
  svmClassifier,
  svmRegressor,
  zipMap,
} from './linear-models.js';
import { Spelling } from './spelling.js';

type Spell = (spelt: Spelling) => void;

/** An operator of the standard under a vendor's name, or a newer one's. */
const same =
  (op: string): Spell =>
  (spelt) =>
    spelt.nodes.push({ ...spelt.fused, domain: '', op_type: op });

/** What reads ids of words. */
const EMBEDDINGS = 'EmbedLayerNormalization';

/** The operators that onnxruntime fuses others to (domain com.microsoft), in standard ones. */
const VENDOR: Readonly<Record<string, Spell>> = {
  Gelu: same('Gelu'),
  LayerNormalization: same('LayerNormalization'),
  SimplifiedLayerNormalization: same('SimplifiedLayerNormalization'),
  RMSNormalization: same('RMSNormalization'),

  BiasGelu: (spelt) => spelt.last('Gelu', [spelt.add('Add', [spelt.input(0), spelt.input(1)])]),
  FastGelu: (spelt) => {
    const sum = spelt.input(1) ? spelt.add('Add', [spelt.input(0), spelt.input(1)]) : spelt.input(0);
    spelt.last('Gelu', [sum], { approximate: 'tanh' });
  },
  QuickGelu: (spelt) =>
    spelt.last('Silu', [spelt.input(0)], { alpha: { float: spelt.float('alpha', 1.702) } }),

  SkipLayerNormalization: (spelt) => skipped(spelt, 'LayerNormalization', [2, 3], 4),
  SkipSimplifiedLayerNormalization: (spelt) => skipped(spelt, 'RMSNormalization', [2], 3),

  [EMBEDDINGS]: embeddings,

  FusedConv: activated('Conv', 3),
  FusedGemm: activated('Gemm'),

  Attention: attention,
  MultiHeadAttention: multiHeadAttention,
};

/** Operators of classical models that are linear, or what stands before and behind them. */
const CLASSICAL: Readonly<Record<string, Spell>> = {
  LinearClassifier: linearClassifier,
  LinearRegressor: linearRegressor,
  SVMClassifier: svmClassifier,
  SVMRegressor: svmRegressor,
  Scaler: scaler,
  Normalizer: normalizer,
  ZipMap: zipMap,
};

/** By domain. */
const FUSED = new Map([
  ['com.microsoft', VENDOR],
  ['ai.onnx.ml', CLASSICAL],
]);

/** A layer, plus what its input at `sum` is, and an activation behind it. */
function activated(op: string, sum = Number.POSITIVE_INFINITY): Spell {
  return (spelt) => {
    const name = spelt.string('activation', '');
    const parameters = ACTIVATIONS[name];
    if (name && !parameters) throw new Unsupported(`with activation ${name}`);
    const layer = spelt.layer(op, sum);
    const whole = spelt.input(sum) ? spelt.add('Add', [layer, spelt.input(sum)]) : layer;
    const given = spelt.floats('activation_params');
    const attributes = (parameters ?? []).flatMap((key, i) => {
      const float = given[i] ?? spelt.float(`activation_${key}`, undefined);
      return float === undefined ? [] : [[key, { float }] as const];
    });
    spelt.last(name || 'Identity', [whole], Object.fromEntries(attributes));
  };
}

/** What the `activation_params` of FusedConv mean; FusedGemm has each as an attribute, `activation_alpha`. */
const ACTIVATIONS: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Sigmoid: [],
  Tanh: [],
  LeakyRelu: ['alpha'],
  HardSigmoid: ['alpha', 'beta'],
  Elu: ['alpha'],
  Selu: ['alpha', 'gamma'],
  Softplus: [],
  Softsign: [],
  Clip: ['min', 'max'],
};

/** The sum of an input and what skipped a block, normalised; the sum itself may be the fourth output. */
function skipped(spelt: Spelling, op: string, parameters: readonly number[], bias: number): void {
  const sum = spelt.add('Add', [spelt.input(0), spelt.input(1)]);
  const whole = spelt.input(bias) ? spelt.add('Add', [sum, spelt.input(bias)]) : sum;
  spelt.last('Identity', [whole], {}, 3);
  const epsilon = { float: spelt.float('epsilon', 1e-12) };
  spelt.last(op, [whole, ...parameters.map((index) => spelt.input(index))], { epsilon, axis: -1 });
}

/** Ids, types of tokens, their tables (words, positions, types), scale, shift, mask, positions; the norm of the sum. */
function embeddings(spelt: Spelling): void {
  const [ids, types, words, positions, ofTypes] = [0, 1, 2, 3, 4].map((i) => spelt.input(i)) as string[];
  const [norm, lengths] = spelt.fused.output;
  if (!norm) throw new Unsupported('with the lengths of its masks');
  const { fused } = spelt;
  if (lengths) spelt.nodes.push({ ...fused, name: fused.name, domain: fused.domain, output: ['', lengths] });
  const row = (table = '', index = '') => spelt.add('Gather', [table, index]);
  const count = spelt.add('Slice', [
    spelt.add('Shape', [ids ?? '']),
    spelt.constant([1]),
    spelt.constant([2]),
  ]);
  const places = spelt.input(8)
    ? row(positions, spelt.input(8))
    : spelt.add('Slice', [positions ?? '', spelt.constant([0]), count]);
  const sum = spelt.add('Add', [row(words, ids), places]);
  const whole = types ? spelt.add('Add', [sum, row(ofTypes, types)]) : sum;
  spelt.last('Identity', [whole], {}, 2);
  const epsilon = { float: spelt.float('epsilon', 1e-12) };
  spelt.last('LayerNormalization', [whole, spelt.input(5), spelt.input(6)], { epsilon, axis: -1 });
}

export function isFused({ domain, op_type }: NodeProto): boolean {
  return Object.hasOwn(FUSED.get(domain) ?? {}, op_type);
}

/** The standard nodes that a fused node stands for. @throws Unsupported for uses that have none */
export function spelledOut(node: NodeProto): NodeProto[] {
  const spelt = new Spelling(node);
  FUSED.get(node.domain)?.[node.op_type]?.(spelt);
  return spelt.nodes;
}

/**
 * The nodes of a file with those spelt out that inputs and outputs are known by: classical models, for their labels and
 * probabilities are part of how a network ends, and embeddings of ids. What has no such spelling is left, to be named with all
 * else that is not supported.
 */
export function withoutFusedEnds(nodes: readonly NodeProto[]): NodeProto[] {
  return nodes.flatMap((node) => {
    const atEnd = FUSED.get(node.domain) === CLASSICAL || node.op_type === EMBEDDINGS;
    if (!atEnd || !isFused(node)) return [node];
    try {
      return spelledOut(node);
    } catch (error) {
      if (error instanceof Unsupported) return [node];
      throw error;
    }
  });
}
