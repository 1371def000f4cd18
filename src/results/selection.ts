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
  /** Of each image, in their order, a hash of its labels and the bytes of image and annotation. */
  readonly contents: readonly string[];
}
