import { InputError, mismatch } from '../errors.js';
import type { AnnotatedObject, Annotation } from './annotation.js';
import { readAnnotation } from './annotation.js';
import { type ImageSize, readImageSize } from './image.js';
import type { Extent, Rectangle } from './placement.js';

/** An annotated object in the upright original image: continuous half-open pixel edges, class index. */
export interface Box extends Rectangle {
  label: number;
  difficult: boolean;
  truncated: boolean;
}

/** How a family of annotation files counts pixels and names classes. */
export interface BoxConvention {
  /** The first pixel is 1 (PASCAL VOC) or 0 (ILSVRC); xmax and ymax are the last pixel inside in both. */
  firstPixel: 0 | 1;
  /** Class names in annotations, by class index. */
  keys: readonly string[];
}

/** Tools disagree by one pixel on where counting starts; a box may overstep the image by that much and is clipped. */
const OVERSTEP = 1;

/**
 * The boxes of an image from its annotation file, firstPixel..last inclusive turned into [left, right). An annotation
 * describes the pixels as stored when its size says so, else the upright image; boxes of stored pixels are turned with
 * the image as its EXIF orientation says. Throws InputError, naming the annotation, when it is for another image or a
 * box is empty, outside of the image or of an unknown class.
 */
export async function readBoxes(
  image: string,
  path: string,
  id: string,
  convention: BoxConvention,
): Promise<Box[]> {
  return boxesOf(readAnnotationOf(id, path), await readImageSize(image), convention, path);
}

/** An annotation file that must be the image's own. */
export function readAnnotationOf(id: string, path: string): Annotation {
  const annotation = readAnnotation(path);
  if (annotation.image !== undefined && annotation.image !== id) {
    throw mismatch({
      what: 'annotation for another image',
      where: path,
      expected: id,
      got: annotation.image,
    });
  }
  return annotation;
}

/** The same for an annotation and an image size that were already read. */
export function boxesOf(
  annotation: Annotation,
  image: ImageSize,
  convention: BoxConvention,
  where: string,
): Box[] {
  const turned = !sameExtent(annotation, image.stored);
  if (turned && !sameExtent(annotation, image.upright)) {
    throw mismatch({
      what: 'annotation for another image',
      where,
      expected: `size ${image.stored.width} x ${image.stored.height}`,
      got: `${annotation.width} x ${annotation.height}`,
    });
  }
  return annotation.objects.map((object) => {
    const label = convention.keys.indexOf(object.name);
    if (label < 0) throw new InputError(`annotation (${where}): unknown class '${object.name}'`);
    const edges = edgesOf(object, annotation, convention.firstPixel, where);
    const { difficult, truncated } = object;
    return { label, difficult, truncated, ...(turned ? edges : turnUpright(edges, image)) };
  });
}

function edgesOf(
  object: AnnotatedObject,
  { width, height }: Extent,
  firstPixel: number,
  where: string,
): Rectangle {
  const { xmin, ymin, xmax, ymax } = object;
  const box = {
    left: xmin - firstPixel,
    top: ymin - firstPixel,
    right: xmax + 1 - firstPixel,
    bottom: ymax + 1 - firstPixel,
  };
  const outside =
    box.left < -OVERSTEP ||
    box.top < -OVERSTEP ||
    box.right > width + OVERSTEP ||
    box.bottom > height + OVERSTEP;
  if (xmin > xmax || ymin > ymax || outside) {
    throw mismatch({
      what: `box of '${object.name}'`,
      where,
      expected: `min <= max inside ${width} x ${height}`,
      got: `x ${xmin}..${xmax}, y ${ymin}..${ymax}`,
    });
  }
  return {
    left: Math.max(box.left, 0),
    top: Math.max(box.top, 0),
    right: Math.min(box.right, width),
    bottom: Math.min(box.bottom, height),
  };
}

/** Where a rectangle of the stored image lies once the EXIF orientation is applied. */
function turnUpright(box: Rectangle, { stored: { width, height }, orientation }: ImageSize): Rectangle {
  const { left, top, right, bottom } = box;
  const x = [left, right];
  const y = [top, bottom];
  const fromRight = [width - right, width - left];
  const fromBottom = [height - bottom, height - top];
  const sides: Record<number, [number[], number[]]> = {
    2: [fromRight, y],
    3: [fromRight, fromBottom],
    4: [x, fromBottom],
    5: [y, x],
    6: [fromBottom, x],
    7: [fromBottom, fromRight],
    8: [y, fromRight],
  };
  const [across, down] = sides[orientation] ?? [x, y];
  const [newLeft, newRight] = across as [number, number];
  const [newTop, newBottom] = down as [number, number];
  return { left: newLeft, top: newTop, right: newRight, bottom: newBottom };
}

function sameExtent(a: Extent, b: Extent): boolean {
  return a.width === b.width && a.height === b.height;
}
