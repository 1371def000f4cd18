import { pasteUnit } from '../input/units.js';
import type { Replaceable } from './spans.js';

/** Consecutive steps away from an image. Each of them replaces one unit; units may share places. */
export interface Walk {
  readonly units: Int32Array;
  /** The numbers that a step, counted from 0, puts into its unit: channel by channel. */
  readonly patch: (step: number) => Float32Array;
  /** After how many of its steps it is looked at, ascending, from 1 on. */
  readonly looks: readonly number[];
}

/** Walks that start at the same image and are computed together. */
export interface Pass {
  readonly image: Float32Array;
  readonly walks: readonly Walk[];
}

/**
 * Divides walks into passes of at most `limit` steps, which bounds memory; their looks keep their order. A walk that is longer
 * is cut into pieces, each of which starts at the image that the one before ended with. The first pass starts at the image
 * itself, even when there is no step.
 */
export function* passesOf(
  image: Float32Array,
  walks: readonly Walk[],
  units: Replaceable,
  limit: number,
): Generator<Pass> {
  let together: Walk[] = [];
  let room = limit;
  for (const walk of walks) {
    const steps = walk.units.length;
    if (steps > room && together.length > 0) {
      yield { image, walks: together };
      together = [];
      room = limit;
    }
    if (steps > limit) {
      yield* pieces(image, walk, units, limit);
    } else {
      together.push(walk);
      room -= steps;
    }
  }
  if (together.length > 0 || walks.length === 0) yield { image, walks: together };
}

/** Each valid until the next one is asked for. */
function* pieces(image: Float32Array, walk: Walk, units: Replaceable, limit: number): Generator<Pass> {
  const state = image.slice();
  for (let from = 0; from < walk.units.length; from += limit) {
    const piece = pieceOf(walk, from, limit);
    yield { image: from === 0 ? image : state, walks: [piece] };
    for (const [step, unit] of piece.units.entries()) pasteUnit(state, units, unit, piece.patch(step));
  }
}

/** At most `limit` steps of a walk, and the looks after them. */
function pieceOf({ units, patch, looks }: Walk, from: number, limit: number): Walk {
  const own = units.subarray(from, from + limit);
  const end = from + own.length;
  return {
    units: own,
    patch: (step) => patch(from + step),
    looks: looks.filter((look) => look > from && look <= end).map((look) => look - from),
  };
}
