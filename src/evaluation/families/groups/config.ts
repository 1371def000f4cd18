import { z } from 'zod';

/** Named groups of channels: what `groups` of a config says. */
export type Groups = Readonly<Record<string, readonly string[]>>;

/** The family's key and what stands under it, for whoever asks whether there are groups. */
export const GROUPS = {
  key: 'groups',
  schema: z
    .record(z.string().min(1), z.array(z.string().min(1)).min(1))
    .optional()
    .describe('named groups of channels, `{frontal: [F7, F8]}`: relevance outside them against inside them'),
} as const;
