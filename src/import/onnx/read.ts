import { InputError } from '../../errors.js';
import { decodeModel, type OnnxModel } from '../../onnx/decode.js';
import { finishNetwork, type WrittenNetwork } from '../canonical/logits.js';
import { NetworkWriter } from '../canonical/writer.js';
import type { Operand } from '../constant.js';
import type { NetworkFileReader, ReadOptions } from '../files.js';
import { recogniseChains } from './chains/recognise.js';
import { withoutFusedEnds } from './fused/table.js';
import { inputsOfModel } from './inputs.js';
import { writeNodes } from './nodes.js';
import { type ModelPart, partFor } from './part.js';
import { fetchExternal, TensorReader } from './tensors.js';
import { writeInputs } from './written-inputs.js';

/**
 * Reads an ONNX classifier into canonical form, but for its batch normalisations.
 * @throws InputError when the file is damaged, or holds operators that are not supported (all of them are named).
 */
export async function readOnnx(
  path: string,
  files: NetworkFileReader,
  { name, output, inputShape }: ReadOptions,
): Promise<WrittenNetwork> {
  const file = decodeModel(await files.read(path));
  const model = { ...file, nodes: withoutFusedEnds(file.nodes) };
  const part = partFor(model, output);
  const tensors = new TensorReader();
  const values = await readConstants(path, part, model, files, tensors);
  const writer = new NetworkWriter(name);
  const inputs = writeInputs(inputsOfModel(part, model, inputShape), values, writer, tensors);
  const nodes = recogniseChains(part.nodes, model.initializers, part.output);
  writeNodes(nodes, { ...inputs, opset: model.opset, values, writer, tensors });
  const end = values.get(part.output);
  if (end?.kind !== 'value') throw new InputError(`output '${part.output}' does not depend on the input`);
  if (end.batch) throw new InputError(`output '${part.output}' has the batch on axis ${end.batch.axis}`);
  const { embeddings } = inputs;
  return {
    ...finishNetwork(writer, end.value),
    ...(embeddings.length > 0 && { embeddings }),
    ...(part.labels.length > 0 && { labels: part.labels }),
    ...(output === undefined &&
      model.outputs.length > 1 && { taken: { output: part.asked, of: model.outputs } }),
  };
}

async function readConstants(
  path: string,
  part: ModelPart,
  model: OnnxModel,
  files: NetworkFileReader,
  tensors: TensorReader,
): Promise<Map<string, Operand>> {
  const constants = new Map<string, Operand>();
  for (const [name, proto] of model.initializers) {
    if (!part.reads.has(name)) continue;
    constants.set(name, tensors.read(await fetchExternal(proto, path, files), name));
  }
  return constants;
}
