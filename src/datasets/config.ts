import { z } from 'zod';
import { KINDS, type KindSchema } from './kinds.js';

/** Where images or arrays come from, and which of them. `root` is a path of the file system, resolved by the caller. */
export const datasetSchema = z.discriminatedUnion(
  'type',
  Object.values(KINDS).map(({ schema }) => schema) as [KindSchema, ...KindSchema[]],
);

/** A data set's config with every default filled in. */
export type DatasetConfig = z.output<typeof datasetSchema>;

/** A data set's config as people write it. */
export type DatasetInput = z.input<typeof datasetSchema>;
