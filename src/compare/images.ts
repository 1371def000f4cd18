import type { FinishedRun } from '../results/finished.js';

/** By name, what the files of a run's images say. */
function contentsOf({ selection }: FinishedRun): Map<string, string> {
  return new Map(selection.images.map((image, i) => [image, selection.contents[i] ?? '']));
}

/** Names of the images that two runs measured on the same files. */
export function sharedImages(first: FinishedRun, other: FinishedRun): Set<string> {
  const [contents, known] = [contentsOf(other), contentsOf(first)];
  const measured = new Set(first.collection.images.map(({ image }) => image));
  const own = other.collection.images.map(({ image }) => image);
  return new Set(own.filter((image) => measured.has(image) && contents.get(image) === known.get(image)));
}

/** Names that two runs give to different files. */
export function otherImages(first: FinishedRun, other: FinishedRun): string[] {
  const known = contentsOf(first);
  return [...contentsOf(other)].flatMap(([image, content]) =>
    known.has(image) && known.get(image) !== content ? [image] : [],
  );
}
