import type { InputLayout } from '../../input/layout.js';

/** How near in space counts against how near in colour (Achanta et al. 2012, equation 3). */
const COMPACTNESS = 10;
const ROUNDS = 10;

/**
 * Superpixels by SLIC (Achanta et al. 2012): k-means over colour and place, each centre looking around itself only; then
 * pieces that lie apart become segments of their own, and small ones join the neighbour before them. Nothing is drawn.
 * @param colours features, channel by channel; of an image, L, a and b
 * @param wanted about how many
 * @returns the number of every place's superpixel, from 0
 */
export function slic(colours: Float64Array, layout: InputLayout, wanted: number): Int32Array {
  const step = Math.max(1, Math.sqrt(layout.places / wanted));
  return connected(cluster(colours, layout, step), layout, (step * step) / 4);
}

/** A centre: features, then y and x. */
type Centre = Float64Array;

function cluster(colours: Float64Array, layout: InputLayout, step: number): Int32Array {
  const { rows, columns, places } = layout;
  const channels = colours.length / places;
  const centres = seeds(colours, layout, step);
  const labels = new Int32Array(places).fill(-1);
  const nearest = new Float64Array(places);
  for (let round = 0; round < ROUNDS; round++) {
    nearest.fill(Number.POSITIVE_INFINITY);
    centres.forEach((centre, label) => {
      const [y, x] = [centre[channels] as number, centre[channels + 1] as number];
      const [top, bottom] = [Math.max(0, Math.floor(y - step)), Math.min(rows - 1, Math.ceil(y + step))];
      const [left, right] = [Math.max(0, Math.floor(x - step)), Math.min(columns - 1, Math.ceil(x + step))];
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          const place = row * columns + column;
          const apart = ((row - y) ** 2 + (column - x) ** 2) * (COMPACTNESS / step) ** 2;
          const distance = apart + colourDistance(colours, places, place, centre);
          if (distance >= (nearest[place] as number)) continue;
          nearest[place] = distance;
          labels[place] = label;
        }
      }
    });
    move(centres, labels, colours, layout);
  }
  return labels;
}

function colourDistance(colours: Float64Array, places: number, place: number, centre: Centre): number {
  let sum = 0;
  for (let c = 0; c * places < colours.length; c++) {
    sum += ((colours[c * places + place] as number) - (centre[c] as number)) ** 2;
  }
  return sum;
}

/** Centres in the middle of a grid's cells. */
function seeds(colours: Float64Array, { rows, columns, places }: InputLayout, step: number): Centre[] {
  const [down, across] = [rows, columns].map((size) => Math.max(1, Math.round(size / step))) as [
    number,
    number,
  ];
  return Array.from({ length: down * across }, (_, i) => {
    const y = Math.floor(((Math.floor(i / across) + 0.5) * rows) / down);
    const x = Math.floor((((i % across) + 0.5) * columns) / across);
    return Float64Array.from([...featuresAt(colours, places, y * columns + x), y, x]);
  });
}

function featuresAt(colours: Float64Array, places: number, place: number): number[] {
  return Array.from({ length: colours.length / places }, (_, c) => colours[c * places + place] as number);
}

/** Every centre moves to the mean of its places; one without places stays. */
function move(
  centres: readonly Centre[],
  labels: Int32Array,
  colours: Float64Array,
  { places, columns }: InputLayout,
): void {
  const sums = centres.map(({ length }) => new Float64Array(length));
  const counts = new Int32Array(centres.length);
  labels.forEach((label, place) => {
    const sum = sums[label];
    if (!sum) return;
    counts[label] = (counts[label] as number) + 1;
    const own = [...featuresAt(colours, places, place), Math.floor(place / columns), place % columns];
    own.forEach((value, i) => {
      sum[i] = (sum[i] as number) + value;
    });
  });
  centres.forEach((centre, label) => {
    const count = counts[label] as number;
    if (count > 0) centre.set((sums[label] as Float64Array).map((sum) => sum / count));
  });
}

/** Labels of connected pieces, numbered in the order of their first places; smaller ones than `least` join the piece before. */
function connected(labels: Int32Array, { rows, columns, places }: InputLayout, least: number): Int32Array {
  const pieces = new Int32Array(places).fill(-1);
  let count = 0;
  for (let first = 0; first < places; first++) {
    if (pieces[first] !== -1) continue;
    const piece = [first];
    pieces[first] = count;
    for (let i = 0; i < piece.length; i++) {
      for (const next of neighbours(piece[i] as number, rows, columns)) {
        if (pieces[next] !== -1 || labels[next] !== labels[first]) continue;
        pieces[next] = count;
        piece.push(next);
      }
    }
    // What lies before the first place, above it or left of it, belongs to an earlier piece.
    const before = neighbours(first, rows, columns).find((next) => next < first);
    if (piece.length < least && before !== undefined) {
      for (const place of piece) pieces[place] = pieces[before] as number;
    } else count++;
  }
  return pieces;
}

function neighbours(place: number, rows: number, columns: number): number[] {
  const [y, x] = [Math.floor(place / columns), place % columns];
  return [
    ...(x > 0 ? [place - 1] : []),
    ...(y > 0 ? [place - columns] : []),
    ...(x < columns - 1 ? [place + 1] : []),
    ...(y < rows - 1 ? [place + columns] : []),
  ];
}
