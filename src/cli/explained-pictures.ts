import { join } from 'node:path';
import { type Depicted, explanationPicture } from '../evaluation/heatmaps.js';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import type { Explanation } from '../library/explain.js';
import type { Sheet } from '../report/pictures.js';

/** A class and its logit. */
export interface ScoredClass {
  readonly label: string;
  readonly score: number;
}

/**
 * A picture a method, `<id>.<method>.png`; of several methods also one that compares them, `<id>.png`. They look as those of a
 * run on such inputs do; documents are shown in other ways.
 * @returns the picture that shows all methods
 */
export async function drawPictures(
  folder: string,
  input: Depicted,
  explanations: readonly Explanation[],
  style: Pick<Sheet, 'classes' | 'overlay' | 'scale'>,
): Promise<string | undefined> {
  if (input.prepared.document) return undefined;
  const draw = async (name: string, shown: readonly Explanation[]): Promise<string> => {
    const path = join(folder, `${name}.png`);
    const maps = shown.map(({ method, heatmap }) => ({ ...heatmap, method }));
    await writeAtomic(path, await explanationPicture(input, maps, style));
    return path;
  };
  let last: string | undefined;
  for (const one of explanations) last = await draw(`${input.id}.${fileName(one.method)}`, [one]);
  return explanations.length > 1 ? draw(input.id, explanations) : last;
}

const BEST = 5;

/** The strongest classes, the strongest first. */
export function bestClasses(logits: Float32Array, labels: readonly string[]): ScoredClass[] {
  return Array.from(logits, (score, i) => ({ label: labels[i] as string, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, BEST);
}
