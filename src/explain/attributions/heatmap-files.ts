import { existsSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { InputError, mismatch } from '../../errors.js';
import { readNpy } from '../../files/npy.js';
import type { Network } from '../../import/network.js';
import type { ChannelRelevance } from '../heatmap.js';
import type { Attribution } from './attribution.js';

/** Heatmaps that another tool made, `<folder>/<image id>.npy`; the folder is taken from `options.base`. */
export function heatmapFiles(folder: string): Attribution {
  return {
    definition: () => ({ kind: 'file', folder }),
    prepare:
      ({ network, options: { base = '' } }) =>
      (requests) =>
        requests.map(({ id }) => readHeatmap(resolve(base, folder), id, network)),
    folder,
  };
}

/**
 * The heatmap that another tool made of an image: `<folder>/<image id>.npy`, [H, W] or [C, H, W] (signals [L] or
 * [C, L], feature vectors [F]), with or without axes of length 1 before; undefined where there is no such file.
 * @throws InputError when the file is of another shape, or holds numbers that are not finite.
 */
export function readHeatmap(
  folder: string,
  id: string,
  { layout }: Pick<Network, 'layout'>,
): ChannelRelevance | undefined {
  const path = resolve(folder, `${id}.npy`);
  if (relative(folder, path).startsWith(`..${sep}`)) {
    throw new InputError(`image id '${id}' leads out of the heatmap folder ${folder}`);
  }
  if (!existsSync(path)) return undefined;
  const { shape, data } = readNpy(path);
  const { channels, heatmapShape } = layout;
  const pooled = isShape(shape, heatmapShape);
  if (!pooled && !isShape(shape, [channels, ...heatmapShape])) {
    throw mismatch({
      what: 'heatmap',
      where: path,
      expected: `shape [${heatmapShape}] or [${[channels, ...heatmapShape]}]`,
      got: `[${shape}]`,
    });
  }
  const broken = data.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw mismatch({
      what: 'heatmap',
      where: `${path}, element ${broken}`,
      expected: 'finite numbers',
      got: String(data[broken]),
    });
  }
  return { relevance: data, channels: pooled ? 1 : channels };
}

/** Whether a shape is the expected one, perhaps behind axes of length 1. */
function isShape(shape: readonly number[], expected: readonly number[]): boolean {
  const more = shape.length - expected.length;
  return more >= 0 && shape.every((size, axis) => size === (axis < more ? 1 : expected[axis - more]));
}
