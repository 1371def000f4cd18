import { mismatch } from '../../errors.js';
import { type Graph, showShape } from '../../graph/graph.js';
import { sizeOf } from '../../graph/tensor.js';
import { addReshape } from './layout.js';
import { INPUT, type NetworkWriter } from './writer.js';

/** What a network file says, in canonical form but for its batch normalisations. */
export interface WrittenNetwork {
  readonly graph: Graph;
  readonly classes: number;
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
