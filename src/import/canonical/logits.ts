import { mismatch } from '../../errors.js';
import type { Graph } from '../../graph/graph.js';
import { channelsFirst } from '../../graph/passes/channels-first.js';
import { mergeAffine } from '../../graph/passes/merge-affine.js';
import { show } from '../../graph/shapes.js';
import { sizeOf } from '../../graph/tensor.js';
import { addReshape } from './layout.js';
import { INPUT, type NetworkWriter } from './writer.js';

/** The canonical graph, and the same graph before batch normalisations and constants were merged. */
export interface FinishedGraphs {
  readonly graph: Graph;
  readonly unmerged: Graph;
  readonly classes: number;
}

/**
 * Ends the network at `value`, whose trailing spatial axes of size 1 are reshaped away.
 * @throws InputError when the value is not one number a class.
 */
export function finishNetwork(writer: NetworkWriter, value: string): FinishedGraphs {
  const sample = writer.sample(value);
  const classes = sizeOf(sample);
  if (value === INPUT || !sample.includes(classes)) {
    throw mismatch({
      what: 'output of the network',
      where: value,
      expected: 'one number a class, [batch, classes]',
      got: value === INPUT ? 'the input itself' : show(writer.shape(value)),
    });
  }
  const unmerged = channelsFirst(writer.build(addReshape(writer, value, [classes], `${value}.classes`)));
  return { graph: mergeAffine(unmerged), unmerged, classes };
}
