import { join } from 'node:path';
import type { PreparedInput } from '../datasets/prepare.js';
import { explainedTitle, subjectOf } from '../evaluation/heatmaps.js';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import { layoutOf } from '../input/layout.js';
import type { Explanation } from '../library/explain.js';
import { comparisonPicture, type Sheet } from '../report/pictures.js';

/** A class and its logit. */
export interface ScoredClass {
  readonly label: string;
  readonly score: number;
}

/** What is drawn beside the heatmaps. */
interface Drawn {
  readonly id: string;
  readonly prepared: PreparedInput;
  readonly inputShape: readonly number[];
  /** The class that is explained. */
  readonly explained: string;
  /** The strongest classes. */
  readonly classes: readonly ScoredClass[];
}

/**
 * Images get a picture a method, `<id>.<method>.png`; several methods also one that compares them, `<id>.png`. Inputs that
 * are no image get none.
 * @returns the picture that shows all methods
 */
export async function drawPictures(
  folder: string,
  { id, prepared: { input, pixels }, inputShape, explained, classes }: Drawn,
  explanations: readonly Explanation[],
  style: Pick<Sheet, 'overlay' | 'scale'>,
): Promise<string | undefined> {
  if (!pixels) return undefined;
  const subject = subjectOf(input, layoutOf(inputShape), pixels);
  const draw = async (name: string, shown: readonly Explanation[]): Promise<string> => {
    const path = join(folder, `${name}.png`);
    const columns = shown.map(({ method }) => method);
    const rows = [{ label: id, subject, maps: shown.map(({ heatmap }) => heatmap) }];
    await writeAtomic(
      path,
      await comparisonPicture({ ...style, title: explainedTitle(explained), columns, rows, classes }),
    );
    return path;
  };
  let last: string | undefined;
  for (const one of explanations) last = await draw(`${id}.${fileName(one.method)}`, [one]);
  return explanations.length > 1 ? draw(id, explanations) : last;
}

const BEST = 5;

/** The strongest classes, the strongest first. */
export function bestClasses(logits: Float32Array, labels: readonly string[]): ScoredClass[] {
  return Array.from(logits, (score, i) => ({ label: labels[i] as string, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, BEST);
}
