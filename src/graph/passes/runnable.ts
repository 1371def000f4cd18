import type { GraphBuilder } from '../builder.js';
import { floatOf, type Graph, inputOf, type Node } from '../graph.js';
import { hasPlaces } from '../operators/linear.js';
import { expandLrn } from './expand-lrn.js';
import { rewriteNodes } from './rewrite.js';

/** Writes a node as others, the last of which has its output. */
type Expand = (builder: GraphBuilder, node: Node) => void;

/** Canonical operators that runtimes lack, or do worse than those that they consist of. */
const EXPANSIONS: Readonly<Record<string, Expand>> = {
  LRN: expandLrn,

  Gemm: (builder, node) => {
    const [x, weights, bias] = node.inputs as [string, string, string?];
    const columns = builder.add('Transpose', [weights], { perm: [1, 0] });
    if (!bias) return last(builder, node, 'MatMul', [x, columns]);
    last(builder, node, 'Add', [builder.add('MatMul', [x, columns]), bias]);
  },

  Silu: (builder, node) => {
    const [x, alpha] = [inputOf(node), floatOf(node, 'alpha', 1)];
    const scaled = alpha === 1 ? x : builder.add('Mul', [x, builder.scalar(alpha)]);
    last(builder, node, 'Mul', [x, builder.add('Sigmoid', [scaled])]);
  },

  Mish: (builder, node) => {
    const x = inputOf(node);
    last(builder, node, 'Mul', [x, builder.add('Tanh', [softplus(builder, x)])]);
  },

  Softplus: (builder, node) => last(builder, node, 'Add', softplusParts(builder, inputOf(node))),

  SignedRoot: (builder, node) => {
    const root = builder.add('Sqrt', [builder.add('Abs', [inputOf(node)])]);
    last(builder, node, 'Mul', [builder.add('Sign', [inputOf(node)]), root]);
  },

  // In the operators and the order that runtimes make one kernel of.
  Gelu: (builder, node) => {
    const x = inputOf(node);
    const ratio =
      node.attributes.approximate === 'tanh'
        ? builder.add('Tanh', [geluArgument(builder, x)])
        : builder.add('Erf', [builder.add('Div', [x, builder.scalar(Math.SQRT2)])]);
    const twice = builder.add('Mul', [x, builder.add('Add', [ratio, builder.scalar(1)])]);
    last(builder, node, 'Mul', [twice, builder.scalar(0.5)]);
  },

  // As runtimes recognise it: one kernel, whose rows are summed in one order wherever they lie.
  RMSNormalization: (builder, node) => {
    const [x, scale] = node.inputs as [string, string];
    const squares = builder.add(
      'ReduceMean',
      [builder.add('Pow', [x, builder.scalar(2)]), builder.ints([-1])],
      {
        keepdims: 1,
      },
    );
    const sum = builder.add('Add', [squares, builder.scalar(floatOf(node, 'epsilon', 1e-5))]);
    last(builder, node, 'Mul', [builder.add('Div', [x, builder.add('Sqrt', [sum])]), scale]);
  },
};

/** log(1 + e^x), as max(x, 0) + log(1 + e^-|x|): onnxruntime's own operator rounds by where a number lies in a batch. */
export function softplus(builder: GraphBuilder, x: string): string {
  return builder.add('Add', softplusParts(builder, x));
}

function softplusParts(builder: GraphBuilder, x: string): [string, string] {
  const decay = builder.add('Exp', [builder.add('Mul', [builder.add('Abs', [x]), builder.scalar(-1)])]);
  return [builder.add('Relu', [x]), builder.add('Log', [builder.add('Add', [decay, builder.scalar(1)])])];
}

/** sqrt(2 / pi) (x + 0.044715 x^3), whose tanh stands for the error function of x / sqrt(2) (Hendrycks and Gimpel 2016). */
export function geluArgument(builder: GraphBuilder, x: string): string {
  const cube = builder.add('Mul', [x, builder.add('Mul', [x, x])]);
  const sum = builder.add('Add', [x, builder.add('Mul', [cube, builder.scalar(0.044715)])]);
  return builder.add('Mul', [sum, builder.scalar(Math.sqrt(2 / Math.PI))]);
}

/** The graph in operators that runtimes have. */
export function runnable(graph: Graph): Graph {
  const expansionOf = (node: Node) => {
    const runsAsIs = node.op === 'Gemm' && !hasPlaces(node);
    return !runsAsIs && Object.hasOwn(EXPANSIONS, node.op) ? EXPANSIONS[node.op] : undefined;
  };
  if (!graph.nodes.some(expansionOf)) return graph;
  return rewriteNodes(graph, (builder, node) => {
    const expand = expansionOf(node);
    expand?.(builder, node);
    return expand !== undefined;
  });
}

function last(builder: GraphBuilder, node: Node, op: string, inputs: readonly string[]): void {
  builder.append({ ...node, op, inputs, attributes: {} });
}
