import type { SKRSContext2D } from '@napi-rs/canvas';
import { createCanvas, INK } from '../canvas.js';
import { colorOf } from '../colormaps.js';
import { type Area, largest } from '../panels.js';
import { type Interpolate, splineThrough } from './spline.js';

type Position = readonly [number, number, number];
type Point = readonly [number, number];

/** How finely a head is painted. */
const GRID = 96;
/** How far beyond the outermost sensor and the rim of the head a map reaches, in head radii. */
const MARGIN = 0.08;

/** A head seen from above, the nose up: where its sensors are, and values between them. */
export interface Scalp {
  readonly sensors: readonly Point[];
  /** Radius of what is painted; the rim of the head is at 1. */
  readonly reach: number;
  readonly interpolate: Interpolate;
}

/** The head that sensors at these positions cover; made once for all maps. */
export function scalpOf(positions: readonly Position[]): Scalp {
  const sensors = positions.map(fromAbove);
  const reach = Math.max(1, largest(sensors.map(([x, y]) => Math.hypot(x, y)))) + MARGIN;
  return { sensors, reach, interpolate: splineThrough(sensors) };
}

/**
 * The azimuthal equidistant projection: the crown is the centre, and a sensor's distance from it is its angle from the
 * vertical, 1 at the level of the ears; x to the right, y to the front.
 */
function fromAbove([x, y, z]: Position): Point {
  const angle = Math.atan2(Math.hypot(x, y), z) / (Math.PI / 2);
  const length = Math.hypot(x, y) || 1;
  return [(x / length) * angle, (y / length) * angle];
}

/**
 * Draws values at sensors as a map of the head, in colours that end at `limit`. Between sensors it is a spline; dots mark
 * the sensors.
 */
export function drawScalp(
  context: SKRSContext2D,
  { x, y, width, height }: Area,
  scalp: Scalp,
  values: ArrayLike<number>,
  { limit, signed }: { readonly limit: number; readonly signed: boolean },
): void {
  const radius = Math.min(width, height) / 2 / (scalp.reach + MARGIN);
  const centre = { x: x + width / 2, y: y + height / 2 };
  const side = 2 * scalp.reach * radius;
  context.save();
  context.beginPath();
  context.arc(centre.x, centre.y, scalp.reach * radius, 0, 2 * Math.PI);
  context.clip();
  context.imageSmoothingEnabled = true;
  context.drawImage(
    painted(scalp, values, limit, signed),
    centre.x - side / 2,
    centre.y - side / 2,
    side,
    side,
  );
  context.restore();
  context.strokeStyle = INK;
  context.lineWidth = 1;
  context.beginPath();
  context.arc(centre.x, centre.y, radius, 0, 2 * Math.PI);
  context.moveTo(centre.x - 0.1 * radius, centre.y - 0.99 * radius);
  context.lineTo(centre.x, centre.y - 1.12 * radius);
  context.lineTo(centre.x + 0.1 * radius, centre.y - 0.99 * radius);
  context.stroke();
  context.fillStyle = INK;
  for (const [right, front] of scalp.sensors) {
    context.beginPath();
    context.arc(centre.x + right * radius, centre.y - front * radius, 0.9, 0, 2 * Math.PI);
    context.fill();
  }
}

function painted({ interpolate, reach }: Scalp, values: ArrayLike<number>, limit: number, signed: boolean) {
  const at = interpolate(values);
  const canvas = createCanvas(GRID, GRID);
  const context = canvas.getContext('2d');
  const image = context.createImageData(GRID, GRID);
  const place = (step: number) => ((step + 0.5) / GRID) * 2 * reach - reach;
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      const value = at([place(column), -place(row)]);
      // A sensitivity is never negative, whatever a spline makes of it between sensors.
      image.data.set(colorOf(value, limit, signed), (row * GRID + column) * 4);
      image.data[(row * GRID + column) * 4 + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
