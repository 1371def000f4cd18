import { ModelProto } from '../../src/onnx/schema.js';

/** An attribute's value: floats as numbers; integers as bigints. */
type Value = string | bigint | readonly number[] | readonly bigint[] | readonly string[];

/** A node of ai.onnx.ml, or of ONNX itself by its bare name. */
export interface ClassicalNode {
  readonly op: string;
  readonly input: string;
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Value>>;
}

const FLOAT32 = 1;

/** The bytes of an ONNX file of classical operators; its input is `x`, [N, features]. */
export function classicalBytes(
  features: number,
  nodes: readonly ClassicalNode[],
  outputs: readonly string[],
): Uint8Array {
  return ModelProto.encode({
    ir_version: 8,
    opset_import: [
      { domain: '', version: 13 },
      { domain: 'ai.onnx.ml', version: 1 },
    ],
    graph: {
      name: 'classical',
      node: nodes.map(({ op, input, outputs: output, attributes = {} }) => ({
        op_type: op.replace('ml.', ''),
        domain: op.startsWith('ml.') ? 'ai.onnx.ml' : '',
        name: op,
        input: [input],
        output,
        attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeOf(value) })),
      })),
      input: [{ name: 'x', type: tensor([{ dim_param: 'N' }, { dim_value: features }]) }],
      output: outputs.map((name) => ({ name })),
    },
  }).finish();
}

const tensor = (dim: object[]) => ({ tensor_type: { elem_type: FLOAT32, shape: { dim } } });

function attributeOf(value: Value): object {
  if (typeof value === 'string') return { type: 3, s: Buffer.from(value) };
  if (typeof value === 'bigint') return { type: 2, i: Number(value) };
  const first = value[0];
  if (typeof first === 'string') return { type: 8, strings: (value as string[]).map((s) => Buffer.from(s)) };
  if (typeof first === 'bigint') return { type: 7, ints: (value as bigint[]).map(Number) };
  return { type: 6, floats: value };
}
