import { mismatch } from '../../errors.js';
import type { Embedding } from '../../graph/embedding.js';
import { type Graph, showShape } from '../../graph/graph.js';
import { sizeOf } from '../../graph/tensor.js';
import { addReshape } from './layout.js';
import { INPUT, type NetworkWriter } from './writer.js';

/** What turns logits into probabilities. */
export const FINAL: ReadonlySet<string> = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);

/** What may stand behind it. */
export const NEUTRAL: ReadonlySet<string> = new Set([
  'Identity',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Cast',
  'Dropout',
  // Of ai.onnx.ml, what divides probabilities by their sum or maximum; that to length 1 is an operator of another name.
  'Normalizer',
]);

/** The operator of a file that computes a value, and the value that it reads first. */
interface Step {
  readonly op: string;
  readonly source: string | undefined;
}

/** The value that a Softmax, LogSoftmax or Sigmoid at the end of a network reads; where there is none, the end itself. */
export function logitsBehind(end: string, stepTo: (value: string) => Step | undefined): string {
  const passed = new Set<string>();
  for (let value = end; !passed.has(value); ) {
    passed.add(value);
    const step = stepTo(value);
    if (!step?.source) return end;
    if (FINAL.has(step.op)) return step.source;
    if (!NEUTRAL.has(step.op)) return end;
    value = step.source;
  }
  return end;
}

/** What a network file says, in canonical form but for its batch normalisations. */
export interface WrittenNetwork {
  readonly graph: Graph;
  readonly classes: number;
  /** Inputs of the file that are ids, the explained one first; absent where it reads numbers. */
  readonly embeddings?: readonly Embedding[];
  /** Names of its classes; absent where the file has none. */
  readonly labels?: readonly string[];
  /** Which output of the file this is, where it has several and none was asked for. */
  readonly taken?: { readonly output: string; readonly of: readonly string[] };
}

/**
 * Ends the network at `value`, whose trailing spatial axes of size 1 are reshaped away.
 * @throws InputError when the value is not one number a class.
 */
export function finishNetwork(writer: NetworkWriter, value: string): WrittenNetwork {
  const sample = writer.sample(value);
  const classes = sizeOf(sample);
  if (value === INPUT || !sample.includes(classes)) {
    throw mismatch({
      what: 'output of the network',
      where: value,
      expected: 'one number a class, [batch, classes]',
      got: value === INPUT ? 'the input itself' : showShape(writer.shape(value)),
    });
  }
  return { graph: writer.build(addReshape(writer, value, [classes], `${value}.classes`)), classes };
}
