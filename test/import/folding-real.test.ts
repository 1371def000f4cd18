import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toNumber } from '../../src/files/protobuf.js';
import type { Constant } from '../../src/import/constant.js';
import { isFoldable } from '../../src/import/onnx/folding/fold.js';
import { TensorReader } from '../../src/import/onnx/tensors.js';
import { type AttributeProto, decodeModel, type NodeProto, type TensorProto } from '../../src/onnx/decode.js';
import { Dice } from '../fuzz/dice.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { computed, decoded, folded, NOT_THEIRS, plain, tensorOf, type Value } from './constants.js';

/** Networks whose exporters left shape arithmetic in them, in several operator sets. */
const FILES = [
  ['bert-mini', 13],
  ['bert-mini', 17],
  ['bert-mini', 20],
  ['swin-mini', 13],
  ['mha-torch', 13],
  ['cct-mini', 17],
] as const;

const MUTANTS = 40;

/** The nodes that follow from initializers alone, and their initializers; inputs count as initializers of small numbers. */
interface Part {
  readonly opset: number;
  readonly nodes: readonly NodeProto[];
  readonly constants: ReadonlyMap<string, TensorProto>;
}

function partOf(path: string): Part {
  const { opset, nodes, initializers, inputs } = decodeModel(readFileSync(path));
  const constants = new Map(initializers);
  for (const { name, type } of inputs) {
    const dims = (type?.tensor_type?.shape?.dim ?? []).map(({ dim_value }) => toNumber(dim_value ?? 0) || 1);
    const count = dims.reduce((a, b) => a * b, 1);
    const numbers = Array.from({ length: count }, (_, i) => i % 5);
    const code = type?.tensor_type?.elem_type ?? 1;
    const raw = code === 7 ? BigInt64Array.from(numbers, BigInt) : Float32Array.from(numbers);
    constants.set(name, { name, dims, data_type: code, raw_data: new Uint8Array(raw.buffer) });
  }
  const known = new Set(constants.keys());
  const own = nodes.filter(({ op_type, input, output }) => {
    if (!isFoldable(op_type) || !input.every((name) => name === '' || known.has(name))) return false;
    for (const name of output) known.add(name);
    return true;
  });
  return { opset, nodes: own, constants };
}

const RELATED = [
  ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'],
  ['Equal', 'Less', 'Greater', 'LessOrEqual'],
  ['Abs', 'Neg', 'Identity', 'Sqrt'],
];

/** The part with a few changes: numbers of attributes and tensors, bounds of a Shape, related operators. */
function mutant({ opset, nodes, constants }: Part, dice: Dice): Part {
  const changed = decoded(nodes);
  for (let i = 0; i < 1 + dice.below(3); i++) {
    const node = dice.of(changed);
    const related = RELATED.find((ops) => ops.includes(node.op_type));
    if (related && dice.below(2)) node.op_type = dice.of(related);
    else if (node.op_type === 'Shape' && opset >= 15) node.attribute = [integer('start', dice.below(5) - 2)];
    else for (const attribute of node.attribute) nudge(attribute, dice);
  }
  return { opset, nodes: changed, constants };
}

function integer(name: string, i: number): AttributeProto {
  return { name, type: 2, i } as AttributeProto;
}

/** Another number in its place; tensors of int64 get another element. */
function nudge(attribute: AttributeProto, dice: Dice): void {
  const other = (value: number) => dice.of([value - 1, value + 1, -value, 0, 1, 2]);
  if (attribute.type === 2) attribute.i = other(toNumber(attribute.i));
  if (attribute.type === 7)
    attribute.ints = attribute.ints.map((value) => (dice.below(2) ? other(toNumber(value)) : value));
  const raw = attribute.t?.data_type === 7 ? attribute.t.raw_data : undefined;
  if (!raw?.length) return;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  const at = 8 * dice.below(raw.length / 8);
  view.setBigInt64(at, BigInt(other(Number(view.getBigInt64(at, true)))), true);
}

/** Numbers are moved where they are read. */
function copied(proto: TensorProto): TensorProto {
  const copy = (bytes?: Uint8Array) => Uint8Array.from(bytes ?? []);
  return {
    ...proto,
    raw_data: copy(proto.raw_data),
    float_data: copy(proto.float_data),
    int64_data: copy(proto.int64_data),
  };
}

/** What folding knows, by name, and the nodes that it took. */
function foldAll({ opset, nodes, constants }: Part) {
  const tensors = new TensorReader();
  const known = new Map<string, Constant>();
  const read = (name: string) => {
    const proto = constants.get(name);
    if (proto && !known.has(name)) known.set(name, tensors.read(copied(proto), name));
    return known.get(name);
  };
  const copies = decoded(nodes);
  const taken = nodes.filter((_, k) => {
    const node = copies[k] as NodeProto;
    const inputs = node.input.map((name) => (name ? read(name) : undefined));
    if (node.input.some((name, i) => name && !inputs[i])) return false;
    const results = folded(node, inputs, opset);
    for (const [i, result] of results?.entries() ?? []) known.set(node.output[i] as string, result);
    return results !== undefined;
  });
  return { known, taken };
}

/** What sums many numbers. */
const SUMS = /^(MatMul|Gemm|Reduce)/;

/** Values that such a sum reaches: onnxruntime rounds after every addition there, we round once. */
function behindSums(nodes: readonly NodeProto[]): ReadonlySet<string> {
  const behind = new Set<string>();
  for (const { op_type, input, output } of nodes)
    if (SUMS.test(op_type) || input.some((name) => behind.has(name)))
      for (const name of output) behind.add(name);
  return behind;
}

/** Equal but for float32's rounding in sums of some hundred numbers. */
function expectNear(ours: Value, theirs: Value, value: string): void {
  expect({ value, ...ours, data: [] }).toEqual({ value, ...theirs, data: [] });
  const largest = theirs.data.reduce((most: number, x) => Math.max(most, Math.abs(Number(x))), 0);
  const off = theirs.data.map((x, i) => Math.abs(Number(x) - Number(ours.data[i])));
  expect(Math.max(0, ...off), value).toBeLessThanOrEqual(1e-6 * largest);
}

describe.skipIf(!hasShared)(
  `mutants of real networks are folded as onnxruntime computes them${needsShared}`,
  () => {
    it.each(FILES)('%s, operator set %i', async (name, opset) => {
      const part = partOf(shared('golden-transformers', name, `model-opset${opset}.onnx`));
      const dice = new Dice(`${name} ${opset}`);
      let compared = 0;
      for (let i = 0; i < MUTANTS; i++) {
        const changed = i === 0 ? part : mutant(part, dice);
        const { known, taken } = foldAll(changed);
        const values = taken.flatMap(({ output }) => output).filter((value) => known.has(value));
        const used = new Set(taken.flatMap(({ input }) => input));
        const initializers = [...changed.constants.keys()].filter((value) => used.has(value));
        const protos = initializers.map((value) => tensorOf(known.get(value) as Constant, value));
        const expected = await computed(taken, protos, values, opset);
        const shown = JSON.stringify(
          taken
            .filter(({ op_type }) => op_type !== 'Constant')
            .map(({ op_type, input, output }) => [op_type, input, output]),
        );
        if (typeof expected === 'string') expect(expected, shown).toMatch(NOT_THEIRS);
        else {
          const near = behindSums(taken);
          for (const [k, value] of values.entries()) {
            const ours = plain(known.get(value) as Constant);
            const theirs = expected[k] as Value;
            if (near.has(value)) expectNear(ours, theirs, value);
            else expect({ value, ...ours }).toEqual({ value, ...theirs });
          }
          compared++;
        }
      }
      expect(compared).toBeGreaterThan(MUTANTS / 2);
    });
  },
);
