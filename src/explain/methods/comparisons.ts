import { baseline } from '../attributions/baselines.js';
import { heatmapFiles } from '../attributions/heatmap-files.js';
import type { MethodEntry } from './entry.js';

/** What to compare with: baselines that look at no network, and heatmaps made elsewhere. */
export const COMPARISONS: readonly MethodEntry[] = [
  {
    form: 'random',
    line: 'random numbers: the baseline every method must beat',
    source: '',
    by: () => baseline('random'),
    signed: false,
  },
  {
    form: 'center',
    line: 'nearness to the centre of the image',
    source: '',
    by: () => baseline('center'),
    signed: false,
  },
  {
    form: 'edges',
    line: 'Sobel gradient of the input',
    source: '',
    by: () => baseline('edges'),
    signed: false,
  },
  {
    form: 'file:<dir>',
    example: 'file:heatmaps',
    line: 'heatmaps made elsewhere, <dir>/<image id>.npy, [H, W] or [C, H, W]',
    source: '',
    by: (folder = '') => heatmapFiles(folder),
  },
];
