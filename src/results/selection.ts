/** selection.json: which samples a run uses, and which it passed over. */
export interface Selection {
  /** Sample ids, in order of id. */
  readonly images: readonly string[];
  /** With `select: correct`: drawn, but classified wrongly by the (first) network. */
  readonly misclassified: readonly string[];
  /** Drawn, but the image or its annotation is broken. */
  readonly unreadable: readonly { readonly image: string; readonly reason: string }[];
  /** How many images the data set lists that are not on disk. */
  readonly missing: number;
  /** SHA-256 over ids, labels and bytes of the images and their annotations. */
  readonly content: string;
}
