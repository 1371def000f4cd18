/** Endings under which images of the formats that are read go by. */
const ENDINGS = /\.(jpe?g|jpe|jfif|pjpe?g|pjp|png|webp|gif|tiff?|avif)$/i;

/** How files of each format begin. Nothing else reaches the decoders, SVG and PDF least of all. */
const SIGNATURES: Record<string, RegExp> = {
  JPEG: /^\xff\xd8\xff/,
  PNG: /^\x89PNG\r\n/,
  WebP: /^RIFF....WEBP/s,
  GIF: /^GIF8[79]a/,
  TIFF: /^(II\*\0|MM\0\*)/,
  AVIF: /^....ftypavi[fs]/s,
};

/** Bytes that tell an image from anything else. */
export const SIGNATURE_BYTES = 16;

/** The formats that are read. */
export const IMAGE_FORMATS = Object.keys(SIGNATURES);

/** Whether a file begins like an image: by its first {@link SIGNATURE_BYTES} bytes, a character each. */
export function beginsAsImage(start: string): boolean {
  return Object.values(SIGNATURES).some((signature) => signature.test(start));
}

/** Whether a file is named as images are. */
export function isNamedAsImage(name: string): boolean {
  return ENDINGS.test(name);
}

/** The name of an image without its ending; a name that ends otherwise stays whole. */
export function imageStem(name: string): string {
  return name.replace(ENDINGS, '');
}
