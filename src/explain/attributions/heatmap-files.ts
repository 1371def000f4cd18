import { join, relative, resolve } from 'node:path';
import { InputError, mismatch } from '../../errors.js';
import { readNpy } from '../../files/npy.js';
import type { Network } from '../../import/network.js';
import { channelsOf, type Heatmap, spatialOf } from '../heatmap.js';
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
function readHeatmap(directory: string, id: string, network: Network): Heatmap {
  const path = resolve(directory, `${id}.npy`);
  if (relative(resolve(directory), path).startsWith('..')) {
    throw new InputError(`image id '${id}' leads out of the heatmap folder ${directory}`);
  }
  const { shape, data } = readNpy(path);
  const spatial = spatialOf(network);
  const channels = channelsOf(network);
  const pooled = `${shape}` === `${spatial}`;
  if (!pooled && `${shape}` !== `${[channels, ...spatial]}`) {
    throw mismatch({
      what: 'heatmap',
      where: join(directory, `${id}.npy`),
      expected: `shape [${spatial}] or [${[channels, ...spatial]}]`,
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
