import { mismatch } from '../../../errors.js';
import { BATCH } from '../../../graph/graph.js';
import { sizeOf } from '../../../graph/tensor.js';
import { addConcat, addReshape, addSlice, addTranspose, reshapedShape } from '../../canonical/layout.js';
import { Unsupported } from '../../unsupported.js';
import { type LayerTable, sampleAxis } from './context.js';

/** Layers that move numbers. */
export const LAYOUT: LayerTable = {
  Concat: (layer, writer) => {
    const parameters = layer.parameters('concat_param');
    const axis = parameters.number('axis', parameters.number('concat_dim', 1));
    return addConcat(writer, layer.bottoms, sampleAxis(axis, writer.shape(layer.x).length), layer.name);
  },

  Slice: (layer, writer) => {
    const parameters = layer.parameters('slice_param');
    const given = parameters.number('axis', parameters.number('slice_dim', 1));
    const axis = sampleAxis(given, writer.shape(layer.x).length);
    const size = writer.shape(layer.x)[axis] as number;
    const parts = layer.tops.length;
    const asked = parameters.numbers('slice_point');
    const points = asked.length > 0 ? asked : layer.tops.slice(1).map((_, i) => ((i + 1) * size) / parts);
    const bounds = [0, ...points, size];
    const ascending = bounds.every(
      (bound, i) => Number.isInteger(bound) && (i === 0 || bound > (bounds[i - 1] as number)),
    );
    if (points.length !== parts - 1 || !ascending) {
      throw mismatch({
        what: 'slice_point',
        where: `layer '${layer.name}'`,
        expected: `${parts - 1} ascending points below ${size}`,
        got: `[${points}]`,
      });
    }
    return layer.tops.map((top, i) =>
      addSlice(writer, layer.x, axis, [bounds[i] as number, bounds[i + 1] as number, 1], top),
    );
  },

  Split: (layer) => layer.tops.map(() => layer.x),

  Flatten: (layer, writer) => {
    const parameters = layer.parameters('flatten_param');
    const sample = writer.sample(layer.x);
    const from = sampleAxis(parameters.number('axis', 1), sample.length + 1);
    const to = sampleAxis(parameters.number('end_axis', -1), sample.length + 1);
    const together = [...sample.slice(0, from - 1), sizeOf(sample.slice(from - 1, to)), ...sample.slice(to)];
    return addReshape(writer, layer.x, together, layer.name);
  },

  Reshape: (layer, writer) => {
    const parameters = layer.parameters('reshape_param');
    if (parameters.number('axis', 0) !== 0 || parameters.number('num_axes', -1) !== -1) {
      throw new Unsupported('of some of the axes');
    }
    const dims = parameters.message('shape').numbers('dim');
    const [batch, ...sample] = reshapedShape(writer.shape(layer.x), dims, writer.exportedBatch);
    if (batch !== BATCH) throw new Unsupported('of the batch');
    return addReshape(writer, layer.x, sample, layer.name);
  },

  /** Channels of the groups in turn: [groups, n] becomes [n, groups]. */
  ShuffleChannel: (layer, writer) => {
    const [channels = 0, ...spatial] = writer.sample(layer.x);
    const groups = layer.parameters('shuffle_channel_param').number('group', 1);
    if (channels % groups !== 0) throw new Unsupported(`of ${channels} channels in ${groups} groups`);
    const split = addReshape(
      writer,
      layer.x,
      [groups, channels / groups, ...spatial],
      `${layer.name}.groups`,
    );
    const turned = addTranspose(writer, split, [0, 2, 1, ...spatial.map((_, i) => i + 3)], layer.name);
    return addReshape(writer, turned, [channels, ...spatial], `${layer.name}.channels`);
  },
};
