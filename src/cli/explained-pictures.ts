import { join } from 'node:path';
import type { PreparedInput } from '../evaluation/families/explained-class.js';
import { heatmapSize, slug, subjectOf } from '../evaluation/heatmaps.js';
import type { Model } from '../experiment/model.js';
import type { Explained, ExplainerSet } from '../explain/explainer.js';
import { toHeatmap } from '../explain/heatmap.js';
import { writeAtomic } from '../files/atomic.js';
import { comparisonPicture, type Sheet } from '../report/pictures.js';

/** One image and how it was explained; `explained` has one entry a method of `explainers`. */
interface ExplainedImage {
  readonly stem: string;
  readonly prepared: PreparedInput;
  readonly scores: Float32Array;
  readonly explained: readonly Explained[];
}

/** The picture that shows all methods, and the strongest classes, which are its title. */
export interface Picture {
  readonly path: string;
  readonly classes: readonly { label: string; score: number }[];
}

/** Images get a picture a method; several methods also one that compares them. Inputs that are no image get none. */
export async function drawPictures(
  { stem, prepared: { input, pixels }, scores, explained }: ExplainedImage,
  { network, labels }: Model,
  { methods }: ExplainerSet,
  style: Pick<Sheet, 'overlay' | 'scale'>,
  out: string,
): Promise<Picture | undefined> {
  if (!pixels) return undefined;
  const { inputShape } = network;
  const subject = subjectOf(input, inputShape, pixels);
  const maps = explained.map(({ relevance, channels }, i) => ({
    ...heatmapSize(inputShape),
    values: toHeatmap(relevance, channels),
    signed: methods[i]?.signed ?? true,
  }));
  const classes = bestClasses(scores, labels);
  const ids = methods.map(({ id }) => id);
  const draw = async (name: string, columns: readonly string[], shown: typeof maps): Promise<Picture> => {
    const path = join(out, `${name}.png`);
    const rows = [{ label: stem, subject, maps: shown }];
    await writeAtomic(path, await comparisonPicture({ ...style, columns, rows, classes }));
    return { path, classes };
  };
  const single: Picture[] = [];
  for (const [i, id] of ids.entries()) {
    single.push(await draw(`${stem}.${slug(id)}`, [id], maps.slice(i, i + 1)));
  }
  return ids.length > 1 ? draw(stem, ids, maps) : single[0];
}

const BEST = 5;

function bestClasses(scores: Float32Array, labels: readonly string[]): Picture['classes'] {
  return Array.from(scores, (score, i) => ({ label: labels[i] as string, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, BEST);
}
