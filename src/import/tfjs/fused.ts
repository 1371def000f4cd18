import type { AttributeValue, ProgramNode } from './program.js';

/** Operators that hold others, and what they begin with. */
const FUSED: Readonly<Record<string, string>> = {
  __proto__: null as never,
  _FusedConv2D: 'Conv2D',
  FusedConv2D: 'Conv2D',
  FusedDepthwiseConv2dNative: 'DepthwiseConv2dNative',
  _FusedDepthwiseConv2dNative: 'DepthwiseConv2dNative',
  _FusedMatMul: 'MatMul',
  FusedMatMul: 'MatMul',
};

/** Operators that read one more input of the fused one. */
const WITH_INPUT: ReadonlySet<string> = new Set(['BiasAdd', 'Prelu']);

/**
 * A node as it is, or the operators that a fused one holds, one after another: weights come second, then what the others
 * read. The last one has its name.
 */
export function partsOfFused(node: ProgramNode): ProgramNode[] {
  const { name, attributes } = node;
  const first = FUSED[node.op];
  if (first === undefined) return [node];
  const behind = Array.isArray(attributes.fused_ops) ? attributes.fused_ops.map(String) : [];
  const [x = '', weights = '', ...rest] = node.inputs;
  const parts: ProgramNode[] = [];
  let last = x;
  for (const [i, op] of [first, ...behind].entries()) {
    const own = i === 0 ? [weights] : WITH_INPUT.has(op) ? rest.splice(0, 1) : [];
    const part = i === behind.length ? name : `${name}/${op}`;
    parts.push({
      op,
      name: part,
      inputs: [last, ...own],
      attributes: i === 0 ? attributes : attributesOf(op, attributes),
    });
    last = part;
  }
  return parts;
}

function attributesOf(
  op: string,
  { leakyrelu_alpha: alpha }: ProgramNode['attributes'],
): Record<string, AttributeValue> {
  return op === 'LeakyRelu' && alpha !== undefined ? { alpha } : {};
}
