import { mismatch } from '../../errors.js';
import { checkLimit } from '../../files/limits.js';
import { toNumber } from '../../files/protobuf.js';
import { type NodeProto, nameOf, type OnnxModel, type TensorProto } from '../../onnx/decode.js';
import { DATA_TYPE } from '../../onnx/schema.js';
import { wrongInputs } from '../only-input.js';
import { refuseOpenShape } from '../open-shape.js';
import { FileGraph } from './chains/graph.js';
import type { ModelPart } from './part.js';

/** What a network starts from. */
export interface ModelInput {
  readonly name: string;
  /** Shape without the batch. */
  readonly sample: readonly number[];
  /** The batch size in the file; 0 when it is open. */
  readonly batch: number;
  /** Whether the file gives it as integers or truth values. */
  readonly integers: boolean;
  /** Where it is ids of words: what has their embeddings. */
  readonly lookup?: Lookup;
}

/** A Gather from a table by ids. */
export interface Lookup {
  readonly gather: NodeProto;
  readonly table: TensorProto;
}

/** The input that is explained, and those that are given with it. */
export interface ModelInputs {
  readonly explained: ModelInput;
  readonly given: readonly ModelInput[];
}

type Declared = OnnxModel['inputs'][number];

/**
 * What the part reads besides weights: one array of numbers, or ids of words, whose embeddings are explained, and what else
 * comes with them (a mask, types of tokens). The words are those of the largest table.
 * @param asked the shape of what is explained, without the batch; wins over what the file says
 * @throws InputError when it is something else, or a shape stays open.
 */
export function inputsOfModel(part: ModelPart, model: OnnxModel, asked?: readonly number[]): ModelInputs {
  const declared = model.inputs.filter(({ name }) => part.reads.has(name) && !model.initializers.has(name));
  const lookups = lookupsOf(part, model, declared);
  const rows = ({ name }: Declared) => toNumber(lookups.get(name)?.table.dims?.[0] ?? 0);
  const [first, ...others] = [...declared].sort((a, b) => rows(b) - rows(a));
  if (!first || (others.length > 0 && rows(first) === 0)) {
    throw wrongInputs(
      declared.map(({ name }) => name),
      'ONNX model',
      'exactly one, or ids of words and what comes with them',
    );
  }
  const inputOf = (input: Declared, fallback: readonly number[]): ModelInput => {
    const lookup = lookups.get(input.name);
    const integers = isOf(input, 'int32', 'int64', 'bool');
    return { name: input.name, ...sizesOf(input, fallback), integers, ...(lookup && { lookup }) };
  };
  if (rows(first) === 0 && isOf(first, 'int64')) {
    throw mismatch({
      what: 'type of the input',
      where: first.name,
      expected: 'numbers such as pixels (float), or ids of words that a Gather from a table reads',
      got: 'int64 numbers, which relevance could not be given to',
    });
  }
  const explained = inputOf(first, []);
  const sized = asked ? { ...explained, sample: asked } : explained;
  refuseOpenShape(sized.name, sized.sample);
  if (sized.lookup && sized.sample.length !== 1) {
    throw mismatch({
      what: 'ids of words',
      where: sized.name,
      expected: '[batch, words]',
      got: `[${['batch', ...sized.sample].join(', ')}]`,
    });
  }
  const given = others.map((input) => inputOf(input, sized.sample));
  for (const { name, sample } of given) refuseOpenShape(name, sample);
  return { explained: sized, given };
}

const isOf = ({ type }: Declared, ...types: (keyof typeof DATA_TYPE)[]) =>
  types.some((one) => DATA_TYPE[one] === type?.tensor_type?.elem_type);

/** Sizes that are open are those of the fallback at the same place, else 0. */
function sizesOf(
  { name, type }: Declared,
  fallback: readonly number[],
): Pick<ModelInput, 'sample' | 'batch'> {
  const dims = type?.tensor_type?.shape?.dim.map((dim) => toNumber(dim.dim_value ?? 0)) ?? [];
  checkLimit('axes', dims.length, name);
  const [batch = 0, ...sample] = dims;
  return { batch, sample: sample.map((dim, i) => (dim > 0 ? dim : (fallback[i] ?? 0))) };
}

/** What hands ids on as they are. */
export const KEEPS_IDS: ReadonlySet<string> = new Set(['Cast', 'Identity']);

/** What has the embeddings of those inputs that are ids. @throws InputError when several tables are read by the same ids */
function lookupsOf(part: ModelPart, model: OnnxModel, declared: readonly Declared[]): Map<string, Lookup> {
  const graph = new FileGraph(part.nodes, model.initializers);
  const found = new Map<string, Lookup>();
  for (const input of declared) {
    if (!isOf(input, 'int32', 'int64')) continue;
    const { name } = input;
    const ids = new Set([name]);
    const lookups: Lookup[] = [];
    for (const node of part.nodes) {
      if (KEEPS_IDS.has(node.op_type) && ids.has(node.input[0] ?? '')) ids.add(node.output[0] ?? '');
      const table =
        node.op_type === 'Gather' && ids.has(node.input[1] ?? '') ? graph.tensor(node.input[0]) : undefined;
      if (table) lookups.push({ gather: node, table });
    }
    const [lookup, second] = lookups;
    if (!lookup) continue;
    if (second || lookup.table.dims?.length !== 2) {
      throw mismatch({
        what: 'embeddings',
        where: name,
        expected: 'one table, [words, numbers of each], read by one Gather',
        got: lookups
          .map(({ gather, table }) => `[${table.dims?.map(toNumber)}] by '${nameOf(gather)}'`)
          .join(', '),
      });
    }
    found.set(name, lookup);
  }
  return found;
}
