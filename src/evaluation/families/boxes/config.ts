import { z } from 'zod';
import { BOX_METRICS, type BoxMetricId } from '../../../metrics/boxes.js';

export const boxesSchema = z.strictObject({
  metrics: z
    .array(z.enum(Object.keys(BOX_METRICS) as BoxMetricId[]))
    .min(1)
    .default(['outside-inside'])
    .describe('what is measured; docs/definitions.md has the formulas'),
  relevance: z
    .enum(['signed', 'positive', 'absolute'])
    .default('positive')
    .describe('which relevance counts'),
  aggregate: z
    .enum(['mean-of-ratios', 'ratio-of-means'])
    .default('mean-of-ratios')
    .describe('how the outside-inside ratios of images become one'),
  inside: z
    .enum(['boxes', 'masks'])
    .default('boxes')
    .describe("where a class is: in its boxes, or its pixels in the data set's segmentation"),
  difficult: z.boolean().default(false).describe('count boxes marked difficult'),
  targets: z
    .enum(['annotated', 'annotated-and-predicted'])
    .default('annotated')
    .describe('explain every annotated class, or only those the network predicts'),
  tolerance: z
    .number()
    .min(0)
    .default(15)
    .describe('pointing game: pixels around the box that still count as a hit'),
});
export type BoxesConfig = z.output<typeof boxesSchema>;

/** The columns of the metrics that are measured. */
export function columnsOf({ metrics }: Pick<BoxesConfig, 'metrics'>): string[] {
  return metrics.map((id) => BOX_METRICS[id].id);
}
