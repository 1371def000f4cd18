import { InputError } from '../../errors.js';
import { attributeOf } from '../../onnx/attributes.js';
import { isStandard, type NodeProto, nameOf } from '../../onnx/decode.js';
import type { NetworkWriter } from '../canonical/writer.js';
import { ints, type Operand } from '../constant.js';
import { Unsupported, UnsupportedList } from '../unsupported.js';
import { selectedDims } from './arguments.js';
import { fold, isFoldable } from './folding/fold.js';
import { isFused, spelledOut } from './fused/table.js';
import { KEEPS_IDS } from './inputs.js';
import { OnnxNode } from './node.js';
import { ARITHMETIC } from './operators/arithmetic.js';
import { CONCAT } from './operators/concat.js';
import { EINSUM } from './operators/einsum.js';
import { LAYOUT } from './operators/layout.js';
import { LINEAR } from './operators/linear.js';
import { MASKS } from './operators/masks.js';
import { NORMALISATIONS } from './operators/normalisations.js';
import { PAD } from './operators/pad.js';
import { PARTS } from './operators/parts.js';
import { POINTWISE } from './operators/pointwise.js';
import { REPEATS } from './operators/repeats.js';
import type { OperatorTable } from './operators/table.js';
import { POOLS } from './operators/windows.js';
import type { TensorReader } from './tensors.js';

const OPERATORS: OperatorTable = {
  ...LINEAR,
  ...EINSUM,
  ...POOLS,
  ...POINTWISE,
  ...ARITHMETIC,
  ...LAYOUT,
  ...PARTS,
  ...CONCAT,
  ...REPEATS,
  ...PAD,
  ...NORMALISATIONS,
  ...MASKS,
};

/** What is known of a file before its nodes are read. */
export interface Reading {
  readonly opset: number;
  /** What each ONNX value is; it grows by what the nodes compute. */
  readonly values: Map<string, Operand>;
  /** Inputs that are ids, with their shapes without the batch: nothing is computed from them but their embeddings. */
  readonly ids: ReadonlyMap<string, readonly number[]>;
  readonly writer: NetworkWriter;
  readonly tensors: TensorReader;
}

/**
 * Writes the nodes in canonical form.
 * @throws InputError that names all nodes that are not supported.
 */
export function writeNodes(nodes: readonly NodeProto[], reading: Reading): void {
  const translation = new Translation(reading);
  // What is known before any node: the embeddings of ids, which are inputs. Nodes within nodes may use a name again.
  translation.write(nodes.filter(({ output }) => !output.every((name) => reading.values.has(name))));
  translation.unsupported.report();
}

/** What a node computes, by output; undefined where it is not supported, or reads what is not. */
type Results = readonly (Operand | undefined)[] | undefined;

class Translation {
  readonly unsupported = new UnsupportedList();
  readonly #opset: number;
  readonly #values: Map<string, Operand>;
  readonly #writer: NetworkWriter;
  readonly #tensors: TensorReader;
  readonly #ids: Map<string, readonly number[]>;
  /** Values that unsupported nodes would compute; what reads them is left out. */
  readonly #unknown = new Set<string>();

  constructor({ opset, values, ids, writer, tensors }: Reading) {
    this.#opset = opset;
    this.#values = values;
    this.#writer = writer;
    this.#tensors = tensors;
    this.#ids = new Map(ids);
  }

  write(nodes: readonly NodeProto[]): void {
    for (const proto of nodes) {
      const results = this.#results(proto);
      for (const [i, output] of proto.output.entries()) {
        const result = results?.[i];
        if (output === '') continue;
        if (result) this.#values.set(output, result);
        else if (!results) this.#unknown.add(output);
      }
    }
  }

  #results(proto: NodeProto): Results {
    if (!isSupported(proto)) {
      this.unsupported.add(operatorOf(proto), nameOf(proto));
      return undefined;
    }
    if (proto.input.some((input) => this.#unknown.has(input))) return undefined;
    return this.unsupported.attempt(operatorOf(proto), nameOf(proto), () => {
      if (isFused(proto)) return this.#inPlace(spelledOut(proto), proto.output);
      const ids = proto.input.find((input) => this.#ids.has(input));
      if (ids !== undefined) return this.#ofIds(proto, ids);
      return proto.op_type === 'If' ? this.#branch(proto) : this.#node(proto);
    });
  }

  #node(proto: NodeProto): readonly Operand[] {
    const operands = proto.input.map((input) => (input ? this.#operand(input, proto) : undefined));
    const node = new OnnxNode(proto, operands, this.#opset, this.#tensors);
    if (operands.every((operand) => operand?.kind !== 'value')) return fold(node, this.#writer.generated);
    const operator = OPERATORS[operatorOf(proto)];
    if (!operator || !Object.hasOwn(OPERATORS, operatorOf(proto)))
      throw new Unsupported('of a computed value');
    const result = operator(node, this.#writer);
    return 'kind' in result ? [result] : result;
  }

  /** Shapes are made of ids; else they are handed on. */
  #ofIds(proto: NodeProto, name: string): readonly Operand[] {
    const sample = this.#ids.get(name) as readonly number[];
    if (KEEPS_IDS.has(proto.op_type)) {
      this.#ids.set(proto.output[0] ?? '', sample);
      return [];
    }
    if (proto.op_type !== 'Shape') throw new Unsupported('of ids of words');
    const node = new OnnxNode(proto, [], this.#opset, this.#tensors);
    const dims = selectedDims(node, [Number.NaN, ...sample]);
    return [ints([dims.length], dims)];
  }

  /** Exporters leave an If whose condition is a matter of shapes: its branch stands in its place. */
  #branch(proto: NodeProto): Results {
    const condition = this.#operand(proto.input[0] ?? '', proto);
    if (condition.kind === 'value') throw new Unsupported('on a computed condition');
    if (condition.type !== 'bool' || condition.size !== 1)
      throw new Unsupported('on more than one truth value');
    const chosen = condition.data[0] ? 'then_branch' : 'else_branch';
    const branch = attributeOf(proto, chosen)?.g;
    if (!branch) throw new Unsupported(`without ${chosen}`);
    for (const tensor of branch.initializer) {
      this.#values.set(tensor.name ?? '', this.#tensors.read(tensor, tensor.name ?? ''));
    }
    return this.#inPlace(branch.node, branch.output.map(({ name }) => name)); // biome-ignore format: one line
  }

  /** What stands for a node: others, and which of their values are its outputs. */
  #inPlace(nodes: readonly NodeProto[], outputs: readonly string[]): Results {
    this.write(nodes);
    if (outputs.some((output) => this.#unknown.has(output))) return undefined;
    return outputs.map((output) => this.#values.get(output));
  }

  #operand(name: string, reader: NodeProto): Operand {
    const operand = this.#values.get(name);
    if (operand) return operand;
    throw new InputError(`node '${nameOf(reader)}' reads '${name}', which nothing before it computes`);
  }
}

function isSupported(proto: NodeProto): boolean {
  const operator = operatorOf(proto);
  return operator === 'If' || isFused(proto) || Object.hasOwn(OPERATORS, operator) || isFoldable(operator);
}

/** The operator, with its domain unless that is ONNX's own. */
function operatorOf(proto: NodeProto): string {
  return isStandard(proto) ? proto.op_type : `${proto.domain}.${proto.op_type}`;
}
