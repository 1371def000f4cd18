import { InputError } from '../../errors.js';
import { type FinishedGraphs, finishNetwork } from '../canonical/logits.js';
import { NetworkWriter } from '../canonical/writer.js';
import { type Constant, GeneratedNumbers, type Operand } from '../constant.js';
import type { NetworkFileReader } from '../files.js';
import { Unsupported, UnsupportedList } from '../unsupported.js';
import { fold, isFoldable } from './fold.js';
import { decodeModel, isStandard, type NodeProto, nameOf, type OnnxModel } from './model.js';
import { OnnxNode } from './node.js';
import { ARITHMETIC } from './operators/arithmetic.js';
import { LAYOUT } from './operators/layout.js';
import { LINEAR } from './operators/linear.js';
import { POINTWISE } from './operators/pointwise.js';
import type { Operator, OperatorTable } from './operators/table.js';
import { POOLS } from './operators/windows.js';
import { inputOfModel, type ModelPart, partFor } from './part.js';
import { fetchExternal, readTensor } from './tensors.js';

const OPERATORS: OperatorTable = { ...LINEAR, ...POOLS, ...POINTWISE, ...ARITHMETIC, ...LAYOUT };

/** What is asked of a network file. */
export interface OnnxOptions {
  readonly name: string;
  readonly output: string | undefined;
  readonly inputShape: readonly number[] | undefined;
}

/**
 * Reads an ONNX classifier into canonical form.
 * @throws InputError when the file is damaged, or holds operators that are not supported (all of them are named).
 */
export async function readOnnx(
  path: string,
  files: NetworkFileReader,
  { name, output, inputShape }: OnnxOptions,
): Promise<FinishedGraphs> {
  const model = decodeModel(await files.read(path));
  const part = partFor(model, output);
  const values = await readConstants(path, part, model, files);
  const writer = new NetworkWriter(name);
  const input = inputOfModel(part, model, inputShape);
  values.set(input.name, { kind: 'value', value: writer.input(input.sample) });
  writeNodes(part.nodes, model.opset, values, writer);
  const end = values.get(part.output);
  if (end?.kind !== 'value') throw new InputError(`output '${part.output}' does not depend on the input`);
  return finishNetwork(writer, end.value);
}

async function readConstants(
  path: string,
  part: ModelPart,
  model: OnnxModel,
  files: NetworkFileReader,
): Promise<Map<string, Operand>> {
  const constants = new Map<string, Operand>();
  for (const [name, proto] of model.initializers) {
    if (!part.reads.has(name)) continue;
    constants.set(name, readTensor(await fetchExternal(proto, path, files), name));
  }
  return constants;
}

/** Writes every node that can be written, and reports all that cannot at once. */
function writeNodes(
  nodes: readonly NodeProto[],
  opset: number,
  values: Map<string, Operand>,
  writer: NetworkWriter,
): void {
  const unsupported = new UnsupportedList();
  const generated = new GeneratedNumbers();
  const unknown = new Set<string>();
  for (const proto of nodes) {
    const operator = Object.hasOwn(OPERATORS, proto.op_type) ? OPERATORS[proto.op_type] : undefined;
    const supported = isStandard(proto) && (operator || isFoldable(proto.op_type));
    if (!supported) unsupported.add([proto.domain, proto.op_type].filter(Boolean).join('.'), nameOf(proto));
    const readsUnknown = proto.input.some((input) => unknown.has(input));
    const results = supported && !readsUnknown ? writeNode(proto, operator) : undefined;
    for (const [i, output] of proto.output.entries()) {
      const result = results?.[i];
      if (result) values.set(output, result);
      else unknown.add(output);
    }
  }
  unsupported.report();

  function writeNode(proto: NodeProto, operator: Operator | undefined): readonly Operand[] | undefined {
    const operands = proto.input.map((input) => {
      const operand = values.get(input);
      if (input && !operand) {
        throw new InputError(`node '${nameOf(proto)}' reads '${input}', which nothing before it computes`);
      }
      return operand;
    });
    const node = new OnnxNode(proto, operands, opset);
    const present = operands.filter((operand) => operand !== undefined);
    const constants = present.filter((operand): operand is Constant => operand.kind !== 'value');
    try {
      if (constants.length === present.length) return [fold(node, constants, generated)];
      if (!operator) throw new Unsupported('of a computed value');
      const result = operator(node, writer);
      return 'kind' in result ? [result] : result;
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      unsupported.add(proto.op_type, node.name, error.message);
      return undefined;
    }
  }
}
