import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { z } from 'zod';
import { InputError, messageOf } from '../errors.js';
import { LIMITS } from '../files/limits.js';
import { readUserText } from '../files/user-file.js';
import type { Extent } from './placement.js';

/** An annotation file of PASCAL VOC or ILSVRC as it stands there; coordinates in its own convention. */
export interface Annotation {
  /** Name of the image file that it says it was made for, without its ending and folders. */
  image?: string;
  /** Absent where the file does not say, or says 0, as some tools write it. */
  size?: Extent;
  objects: AnnotatedObject[];
}

export interface AnnotatedObject {
  name: string;
  difficult: boolean;
  truncated: boolean;
  xmin: number;
  ymin: number;
  xmax: number;
  ymax: number;
}

const number = z
  .string()
  .regex(/^[-+]?\d{1,9}(\.\d{1,30})?$/, 'expected a number')
  .transform(Number);
/** Labelling tools leave it out or empty or write `Unspecified`, and some write the hidden share of the object. */
const flag = z
  .union([number.pipe(z.number().min(0)), z.string().regex(/^(unspecified|unknown|true|false)?$/i)])
  .default(0)
  .transform((value) => (typeof value === 'number' ? value > 0 : value.toLowerCase() === 'true'));

const objectSchema = z.object({
  name: z.string().min(1),
  difficult: flag,
  truncated: flag,
  bndbox: z.object({ xmin: number, ymin: number, xmax: number, ymax: number }),
});

const annotationSchema = z.object({
  filename: z.string().optional(),
  size: z
    .union([z.literal(''), z.object({ width: number.default(0), height: number.default(0) })])
    .optional(),
  object: z.array(objectSchema).default([]),
});

/**
 * Reads an annotation XML. Document types, and with them entities of any kind, are refused; so are files over 1 MB
 * and deep nesting. Throws InputError with the file's name for those and for anything missing or not a number.
 */
export function readAnnotation(path: string): Annotation {
  return parseAnnotation(readUserText(path, 'annotation'), path);
}

/** The same for text; `where` names it in messages. */
export function parseAnnotation(text: string, where: string): Annotation {
  const result = annotationSchema.safeParse(parseXml(text.replace(/^\ufeff/, ''), where));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new InputError(`annotation (${where}): <${issue?.path.join('.')}>: ${issue?.message}`);
  }
  const { filename, size, object } = result.data;
  return {
    ...(filename !== undefined && { image: stemOf(filename) }),
    ...(size && size.width > 0 && size.height > 0 && { size }),
    objects: object.map(({ bndbox, ...rest }) => ({ ...rest, ...bndbox })),
  };
}

function parseXml(text: string, where: string): unknown {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) {
    throw new InputError(
      `annotation (${where}): expected XML without a document type, got <!DOCTYPE or <!ENTITY`,
    );
  }
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    throw new InputError(
      `annotation (${where}): not well-formed XML, line ${valid.err.line}: ${valid.err.msg}`,
    );
  }
  const parser = new XMLParser({
    processEntities: false,
    parseTagValue: false,
    maxNestedTags: LIMITS.xmlDepth.most,
    isArray: (_, path) => path === 'annotation.object',
  });
  try {
    const { annotation } = parser.parse(text) as { annotation?: unknown };
    return annotation;
  } catch (error) {
    throw new InputError(`annotation (${where}): ${messageOf(error)}`);
  }
}

function stemOf(filename: string): string {
  return (filename.split(/[/\\]/).pop() as string).replace(/\.[A-Za-z]{2,5}$/, '');
}
