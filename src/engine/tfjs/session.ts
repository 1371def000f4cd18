import * as tf from '@tensorflow/tfjs-core';
import { mismatch } from '../../errors.js';
import type { Graph, Node } from '../../graph/graph.js';
import { runnable } from '../../graph/passes/runnable.js';
import type { Tensor } from '../../graph/tensor.js';
import type { Session } from '../engine.js';
import type { Operands } from './operator.js';
import { OPERATORS } from './operators.js';

type Values = Map<string, tf.Tensor>;

/** Computes a graph's nodes one after the other. What depends on constants alone is computed once, here. */
export function openSession(given: Graph): Session {
  const graph = runnable(given);
  const { nodes, constants } = withoutKnown(graph);
  const unread = lastReads(nodes, graph.outputs);
  return {
    async run(feeds, into = {}) {
      const values: Values = new Map();
      try {
        for (const [name, tensor] of Object.entries(feeds)) values.set(name, toTf(tensor));
        for (const node of nodes) {
          compute(node, constants, values);
          for (const name of unread.get(node) as string[]) values.get(name)?.dispose();
        }
        const outputs = graph.outputs.map((name) => {
          const value = values.get(name) ?? (constants.get(name) as tf.Tensor);
          return [name, fromTf(value, into[name])] as const;
        });
        return Object.fromEntries(outputs);
      } finally {
        dispose(values);
      }
    },
    async release() {
      dispose(constants);
    },
  };
}

/** The nodes that depend on inputs, and the constants that they read. */
function withoutKnown(graph: Graph): { nodes: Node[]; constants: Values } {
  const known: Values = new Map([...graph.constants].map(([name, tensor]) => [name, toTf(tensor)]));
  const nodes = graph.nodes.filter((node) => {
    const computed = node.inputs.some((input) => input !== '' && !known.has(input));
    if (!computed) compute(node, known, known);
    return computed;
  });
  const read = new Set([...nodes.flatMap(({ inputs }) => inputs), ...graph.outputs]);
  const [constants, others] = [true, false].map(
    (wanted) => new Map([...known].filter(([name]) => read.has(name) === wanted)),
  ) as [Values, Values];
  dispose(others);
  return { nodes, constants };
}

/** By node, the values that nobody reads after it. */
function lastReads(nodes: readonly Node[], outputs: readonly string[]): Map<Node, string[]> {
  const needed = new Set(outputs);
  const last = new Map<Node, string[]>();
  for (const node of [...nodes].reverse()) {
    const unread = [...node.inputs, ...node.outputs].filter((name) => !needed.has(name));
    for (const name of unread) needed.add(name);
    last.set(node, unread);
  }
  return last;
}

/** Computes a node from constants and values, and adds what it gives to the values. */
function compute({ op, ...node }: Node, constants: Values, values: Values): void {
  const operator = Object.hasOwn(OPERATORS, op) ? OPERATORS[op] : undefined;
  if (!operator) {
    const expected = Object.keys(OPERATORS).join(' ');
    throw mismatch({ what: 'operator for engine tfjs', where: node.name, expected, got: op });
  }
  const operands = node.inputs.map((name) => values.get(name) ?? constants.get(name));
  const results = tf.tidy(() => {
    const result = operator(operands as unknown as Operands, { op, ...node });
    return result instanceof tf.Tensor ? [result] : [...result];
  });
  for (const [i, result] of results.entries()) values.set(node.outputs[i] as string, result);
}

function dispose(values: Values): void {
  for (const value of values.values()) value.dispose();
}

function toTf({ type, dims, data }: Tensor): tf.Tensor {
  const shape = [...dims];
  if (type === 'int64') return tf.tensor(Int32Array.from(data as BigInt64Array, Number), shape, 'int32');
  return tf.tensor(data as Float32Array, shape, type);
}

/** Numbers that nobody else holds. */
function fromTf(value: tf.Tensor, target: Tensor | undefined): Tensor {
  const data = value.dataSync();
  if (!target) return { type: value.dtype, dims: value.shape, data: data.slice() } as Tensor;
  (target.data as Float32Array).set(data);
  return target;
}
