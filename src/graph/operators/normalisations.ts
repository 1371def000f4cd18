import { floatOf, inputOf } from '../graph.js';
import { always, kept } from './facts.js';
import { unchanged, wrong } from './shape-rules.js';
import type { OperatorTraits, ShapeRule } from './traits.js';

/** Parameters [features] each, features being the last axis. */
const ofLastAxis: ShapeRule = (node, { shape }) => {
  const input = shape(inputOf(node));
  for (const parameter of node.inputs.slice(1)) {
    if (`${shape(parameter)}` !== `${input.at(-1)}`) {
      throw wrong(node, 'parameters', `[${input.at(-1)}]`, shape(parameter));
    }
  }
  return input;
};

/** Numbers in relation to those around them. */
export const NORMALISATIONS = {
  LRN: {
    kind: 'normalisation',
    shape: unchanged,
    reads: { kind: 'axis', fallback: 1 },
    nonNegative: (node, holds) =>
      holds(inputOf(node)) && floatOf(node, 'bias', 1) > 0 && floatOf(node, 'alpha', 1e-4) >= 0,
    zeros: kept,
  },
  /** (x - mean) / sqrt(variance + epsilon) * scale + shift along the last axis. */
  LayerNormalization: { kind: 'normalisation', shape: ofLastAxis, reads: { kind: 'axis', fallback: -1 } },
  /** x / sqrt(mean of x^2 + epsilon) * scale along the last axis. */
  RMSNormalization: { kind: 'normalisation', shape: ofLastAxis, reads: { kind: 'axis', fallback: -1 } },
  Softmax: {
    kind: 'normalisation',
    shape: unchanged,
    reads: { kind: 'axis', fallback: -1 },
    nonNegative: always,
    gate: true,
  },
} satisfies Record<string, OperatorTraits>;
