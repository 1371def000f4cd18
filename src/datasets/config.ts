import { z } from 'zod';

const common = {
  root: z.string().min(1).describe('folder of the data set'),
  limit: z.int().min(1).optional().describe('how many images, drawn by seed; default: all'),
  seed: z.int().min(0).default(1).describe('which images a limit draws'),
  select: z
    .enum(['all', 'correct'])
    .default('all')
    .describe('correct: only images that the network classifies correctly'),
};

const labels = z
  .string()
  .describe('ilsvrc2012, voc, or a text file with one class a line, in the order of outputs');

/** Where images or arrays come from, and which of them. `root` is a path of the file system, resolved by the caller. */
export const datasetSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ilsvrc2012'), ...common }),
  z.strictObject({
    type: z.literal('voc'),
    year: z
      .int()
      .min(2005)
      .max(2100)
      .optional()
      .describe('which VOC<year> folder; needed when there are several'),
    split: z
      .string()
      .regex(/^[\w-]+$/, 'a name in ImageSets/Main, without .txt')
      .default('test')
      .describe('list in ImageSets/Main: test, val..., or one class only: aeroplane_test'),
    labels: labels.default('voc'),
    ...common,
  }),
  z.strictObject({ type: z.literal('folder'), labels: labels.optional(), ...common }),
  z.strictObject({ type: z.literal('tensors'), labels: labels.optional(), ...common }),
]);

/** A data set's config with every default filled in. */
export type DatasetConfig = z.output<typeof datasetSchema>;

/** A data set's config as people write it. */
export type DatasetInput = z.input<typeof datasetSchema>;

export type ConfigOf<Type extends DatasetConfig['type']> = Extract<DatasetConfig, { type: Type }>;
