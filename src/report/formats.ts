/** How a drawing can be written; render.ts does it. */
export const FORMATS = ['png', 'svg', 'pdf'] as const;
export type Format = (typeof FORMATS)[number];
