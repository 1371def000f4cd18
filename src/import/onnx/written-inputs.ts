import type { Embedding } from '../../graph/embedding.js';
import type { FloatTensor } from '../../graph/tensor.js';
import { addTranspose } from '../canonical/layout.js';
import { INPUT, type NetworkWriter } from '../canonical/writer.js';
import { type Constant, type Operand, toTensor } from '../constant.js';
import type { Lookup, ModelInput, ModelInputs } from './inputs.js';
import type { TensorReader } from './tensors.js';

/** What the nodes need to know of the inputs, beside their values. */
export interface WrittenInputs {
  readonly embeddings: readonly Embedding[];
  /** Inputs that are ids, with their shapes without the batch. */
  readonly ids: ReadonlyMap<string, readonly number[]>;
}

/**
 * The inputs in canonical form. Where they are ids, an input holds what the file looks up by them, and the value of that node is
 * known.
 */
export function writeInputs(
  { explained, given }: ModelInputs,
  values: Map<string, Operand>,
  writer: NetworkWriter,
  tensors: TensorReader,
): WrittenInputs {
  const embeddings: Embedding[] = [];
  const ids = new Map<string, readonly number[]>();
  for (const input of [explained, ...given]) {
    const { name, sample, lookup } = input;
    const table = lookup && tableOf(lookup, values, tensors);
    const shape = table ? [...sample, table.dims[1] as number] : sample;
    const isExplained = input === explained;
    const add = isExplained && table ? addWords : isExplained ? addNumbers : addGiven;
    const value = add(writer, { ...input, sample: shape });
    if (!isExplained && !table && input.integers) writer.integers.add(value);
    values.set(lookup?.gather.output[0] ?? name, { kind: 'value', value });
    if (!table) continue;
    ids.set(name, sample);
    embeddings.push({ ids: name, input: isExplained ? INPUT : value, table });
  }
  return { embeddings, ids };
}

function tableOf(
  { gather, table }: Lookup,
  values: Map<string, Operand>,
  tensors: TensorReader,
): FloatTensor {
  const name = gather.input[0] ?? '';
  return toTensor((values.get(name) as Constant | undefined) ?? tensors.read(table, name));
}

const addNumbers = (writer: NetworkWriter, { sample, batch }: ModelInput) => writer.input(sample, batch);

const addGiven = (writer: NetworkWriter, { name, sample }: ModelInput) => writer.given(name, sample);

/** Embeddings lie as the samples of a signal do: their numbers are channels, words are places. */
function addWords(writer: NetworkWriter, { name, sample, batch }: ModelInput): string {
  const input = writer.input([...sample].reverse(), batch, true);
  return addTranspose(writer, input, [0, 2, 1], `${name}.words`);
}
