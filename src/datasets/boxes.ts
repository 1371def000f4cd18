import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InputError, mismatch } from '../errors.js';
import type { AnnotatedObject, Annotation } from './annotation.js';
import { readAnnotation } from './annotation.js';
import { type ImageSize, readImageSize } from './image.js';
import { imageStem } from './image-formats.js';
import { isFileName } from './layout.js';
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
export async function readBoxes(image: string, path: string, convention: BoxConvention): Promise<Box[]> {
  return boxesOf(readAnnotationOf(image, path), await readImageSize(image), convention, path);
}

/**
 * The annotation file of an image. What it calls the image does not matter (tools write nothing, `%s`, a name before
 * the image was renamed) unless that is another image beside it: then it is another one's. Throws InputError for that.
 */
export function readAnnotationOf(image: string, path: string): Annotation {
  const annotation = readAnnotation(path);
  const [own, named] = [imageStem(basename(image)), annotation.image];
  if (named !== undefined && named.normalize('NFC') !== own.normalize('NFC')) {
    const other = join(dirname(image), named + basename(image).slice(own.length));
    if (isFileName(named) && existsSync(other))
      throw mismatch({ what: 'annotation for another image', where: path, expected: own, got: named });
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
  const size = annotation.size ?? sizeWithout(image, where);
  const turned = !sameExtent(size, image.stored);
  if (turned && !sameExtent(size, image.upright)) {
    throw mismatch({
      what: 'annotation for another image',
      where,
      expected: `size ${image.stored.width} x ${image.stored.height}`,
      got: `${size.width} x ${size.height}`,
    });
  }
  return annotation.objects.map((object) => {
    const label = labelOf(object.name, convention.keys, where);
    const edges = edgesOf(object, size, convention.firstPixel, where);
    const { difficult, truncated } = object;
    return { label, difficult, truncated, ...(turned ? edges : turnUpright(edges, image)) };
  });
}

/** The image knows its size, too, but not in which of its two positions boxes were drawn. */
function sizeWithout({ stored, orientation }: ImageSize, where: string): Extent {
  if (orientation === 1) return stored;
  throw mismatch({
    what: 'annotation',
    where,
    expected: `a size, since the image is turned by its EXIF orientation (${orientation})`,
    got: 'none',
  });
}

/** The index of an annotated class. @throws InputError when `keys` do not have it, or have it twice */
export function labelOf(name: string, keys: readonly string[], where: string): number {
  const [first, last] = [keys.indexOf(name), keys.lastIndexOf(name)];
  if (first < 0) throw new InputError(`annotation (${where}): unknown class '${name}'`);
  if (first !== last)
    throw new InputError(`annotation (${where}): '${name}' names several classes, ${first} and ${last}`);
  return first;
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
