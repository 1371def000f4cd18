import type { Preprocessing } from './preprocessing.js';

/**
 * Where the original image (upright, as viewers show it) comes to lie in the network's input:
 * x in the network = x * scaleX - left, y likewise; the network sees 0..network.width by 0..network.height.
 */
export interface Placement {
  original: Extent;
  /** Size after resizing, before cropping. */
  resized: Extent;
  network: Extent;
  scaleX: number;
  scaleY: number;
  /** What cropping takes off the left and top of the resized image; negative where it is padded. */
  left: number;
  top: number;
}

export interface Extent {
  width: number;
  height: number;
}

/** Edges in pixels, continuous and half-open: a box over the whole image is 0, 0, width, height. */
export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Where preprocessing puts an image. The shorter side becomes `shortest` and the longer one is rounded down
 * (torchvision); a crop starts at floor((size - crop) / 2) (Caffe).
 */
export function placeImage(original: Extent, preprocessing: Preprocessing, input: Extent): Placement {
  const { crop } = preprocessing;
  const resized = resizedExtent(original, preprocessing, input);
  const network = crop === undefined ? resized : { width: crop, height: crop };
  return {
    original,
    resized,
    network,
    scaleX: resized.width / original.width,
    scaleY: resized.height / original.height,
    left: Math.floor((resized.width - network.width) / 2),
    top: Math.floor((resized.height - network.height) / 2),
  };
}

/** A box of the original image in network coordinates, clipped to what the network sees; undefined when cropped away. */
export function placeBox<Box extends Rectangle>(box: Box, placement: Placement): Box | undefined {
  const { scaleX, scaleY, left, top, network } = placement;
  const clip = (value: number, size: number) => Math.min(Math.max(value, 0), size);
  const placed = {
    ...box,
    left: clip(box.left * scaleX - left, network.width),
    right: clip(box.right * scaleX - left, network.width),
    top: clip(box.top * scaleY - top, network.height),
    bottom: clip(box.bottom * scaleY - top, network.height),
  };
  return placed.left < placed.right && placed.top < placed.bottom ? placed : undefined;
}

function resizedExtent(original: Extent, { resize, crop }: Preprocessing, input: Extent): Extent {
  if (resize === undefined) return crop === undefined ? input : original;
  if (Array.isArray(resize)) return { width: resize[0], height: resize[1] };
  const { shortest } = resize;
  const longer = (side: number, other: number) =>
    side <= other ? shortest : Math.floor((shortest * side) / other);
  return {
    width: longer(original.width, original.height),
    height: longer(original.height, original.width),
  };
}
