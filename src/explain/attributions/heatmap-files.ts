import { join, relative, resolve } from 'node:path';
import { InputError, mismatch } from '../../errors.js';
import { readNpy } from '../../files/npy.js';
import type { Network } from '../../import/network.js';
import { layoutOf } from '../../input/layout.js';
import type { ChannelRelevance } from '../heatmap.js';
import type { Attribution } from './attribution.js';

/** Heatmaps that another tool made, `<directory>/<image id>.npy`. */
export function heatmapFiles(directory: string): Attribution {
  return {
    definition: () => ({ kind: 'file', directory }),
    prepare:
      ({ network }) =>
      (requests) =>
        requests.map(({ id }) => readHeatmap(directory, id, network)),
    madeElsewhere: true,
  };
}

/**
 * The heatmap that another tool made of an image: `<directory>/<image id>.npy`, [H, W] or [C, H, W] (signals [L] or
 * [C, L], feature vectors [F]).
 * @throws InputError when the file is missing, of another shape, or holds numbers that are not finite.
 */
function readHeatmap(directory: string, id: string, network: Network): ChannelRelevance {
  const path = resolve(directory, `${id}.npy`);
  if (relative(resolve(directory), path).startsWith('..')) {
    throw new InputError(`image id '${id}' leads out of the heatmap folder ${directory}`);
  }
  const { shape, data } = readNpy(path);
  const { channels, heatmapShape } = layoutOf(network.inputShape);
  const pooled = `${shape}` === `${heatmapShape}`;
  if (!pooled && `${shape}` !== `${[channels, ...heatmapShape]}`) {
    throw mismatch({
      what: 'heatmap',
      where: join(directory, `${id}.npy`),
      expected: `shape [${heatmapShape}] or [${[channels, ...heatmapShape]}]`,
      got: `[${shape}]`,
    });
  }
  const broken = data.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw mismatch({
      what: 'heatmap',
      where: `${join(directory, `${id}.npy`)}, element ${broken}`,
      expected: 'finite numbers',
      got: String(data[broken]),
    });
  }
  return { relevance: data, channels: pooled ? 1 : channels };
}
