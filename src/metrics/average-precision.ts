import type { Numbers } from './metric.js';

/** One point of a precision-recall curve, after all images that score at least some threshold. */
interface Point {
  precision: number;
  found: number;
}

/**
 * Average precision of one class over images (PASCAL VOC). Images with equal scores are taken together, so
 * that the result does not depend on their order. Undefined without positive images. Leave out images that
 * hold the class only as `difficult` (VOC).
 * @param scores the class's score of every image
 * @param positive whether the class is in the image
 */
export function averagePrecision(
  scores: Numbers,
  positive: ArrayLike<boolean>,
  kind: AveragePrecision,
): number | undefined {
  const images = Array.from(scores, (score, i) => ({ score, positive: positive[i] as boolean }));
  const positives = images.filter((image) => image.positive).length;
  return positives === 0 ? undefined : AVERAGE_PRECISIONS[kind](precisionRecall(images), positives);
}

export const AVERAGE_PRECISIONS = {
  /** VOC 2007: mean over recall 0, 0.1, ..., 1 of the best precision at that recall or more. */
  'eleven-point': (points: Point[], positives: number) => {
    let total = 0;
    for (let tenths = 0; tenths <= 10; tenths++) {
      const reached = points.filter(({ found }) => found * 10 >= tenths * positives);
      total += Math.max(...reached.map(({ precision }) => precision));
    }
    return total / 11;
  },
  /**
   * VOC 2010 and later: the area under the curve made monotone, precision being the best at that recall or
   * more.
   */
  area: (points: Point[], positives: number) => {
    let [area, best] = [0, 0];
    for (let i = points.length - 1; i >= 0; i--) {
      const { precision, found } = points[i] as Point;
      best = Math.max(best, precision);
      area += best * (found - (points[i - 1]?.found ?? 0));
    }
    return area / positives;
  },
} as const;

export type AveragePrecision = keyof typeof AVERAGE_PRECISIONS;

/** Walks the images from the highest score down; one point for each distinct score. */
function precisionRecall(images: { score: number; positive: boolean }[]): Point[] {
  const ranked = images.toSorted((a, b) => b.score - a.score);
  const points: Point[] = [];
  let found = 0;
  ranked.forEach((image, i) => {
    if (image.positive) found++;
    if (ranked[i + 1]?.score !== image.score) points.push({ precision: found / (i + 1), found });
  });
  return points;
}
