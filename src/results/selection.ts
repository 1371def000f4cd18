/** selection.json: which samples a run uses, and which it passed over. */
export interface Selection {
  /** Sample ids, in order of id; of a run that may stop early, in the order in which it takes them. */
  readonly images: readonly string[];
  /** With `select: correct` or `wrong`: drawn, but classified the other way by the (first) network. */
  readonly passedOver: readonly string[];
  /** Drawn, but the image or its annotation is broken. */
  readonly unreadable: readonly { readonly image: string; readonly reason: string }[];
  /** How many images the data set lists that are not on disk. */
  readonly missing: number;
  /** Of each image, in their order, a hash of its labels and the bytes of image and annotation. */
  readonly contents: readonly string[];
  /** Where the run has stopped early: of how many images these are the first ones, and what was known of its metric. */
  readonly stopped?: { readonly of: number; readonly by: StopsBy };
}

/** What tells a run to stop: the sign of a difference is decided, or an interval is narrow enough. */
export type StopsBy = 'sign' | 'width';

/**
 * Whether intervals and tests for a fixed number of images hold: not where the sign of a difference told the run to stop,
 * since it was then largest by chance, too.
 */
export function isFixedSample({ stopped }: Pick<Selection, 'stopped'>): boolean {
  return stopped?.by !== 'sign';
}
