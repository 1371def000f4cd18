// @ts-check
// Drawn faces: the mouth alone says the emotion, and lines beside the eyes alone say the age.
import { createCanvas } from '@napi-rs/canvas';

export const SIDE = 64;
export const EMOTIONS = ['happy', 'neutral', 'sad'];
export const YOUNGEST = 20;
export const OLDEST = 80;

/**
 * @typedef {object} Face
 * @property {() => Buffer} png
 * @property {Uint8ClampedArray} pixels red, green, blue and opacity
 * @property {number} emotion index of {@link EMOTIONS}
 * @property {number} age
 * @property {{ name: string, left: number, top: number, right: number, bottom: number }[]} parts boxes in pixels
 */

/**
 * A face; everything but emotion and age is drawn at random without regard to them.
 * @param {() => number} random uniform numbers in 0..1
 * @returns {Face}
 */
export function drawFace(random) {
  const between = (/** @type {number} */ low, /** @type {number} */ high) => low + (high - low) * random();
  const emotion = Math.floor(random() * EMOTIONS.length);
  const age = Math.round(between(YOUNGEST, OLDEST));
  const canvas = createCanvas(SIDE, SIDE);
  const context = canvas.getContext('2d');
  const colour = (/** @type {number} */ low, /** @type {number} */ high) =>
    `rgb(${[0, 1, 2].map(() => Math.round(between(low, high))).join()})`;
  context.fillStyle = colour(90, 230);
  context.fillRect(0, 0, SIDE, SIDE);
  const [x, y] = [SIDE / 2 + between(-4, 4), SIDE / 2 + between(-3, 3)];
  const tone = between(0.75, 1);
  const skin = `rgb(${[240, 205, 170].map((part) => Math.round(part * tone)).join()})`;
  const ellipse = (
    /** @type {number} */ cx,
    /** @type {number} */ cy,
    /** @type {number} */ rx,
    /** @type {number} */ ry,
  ) => {
    context.beginPath();
    context.ellipse(cx, cy, rx, ry, 0, 0, 2 * Math.PI);
    context.fill();
  };
  context.fillStyle = colour(20, 160);
  ellipse(x, y - 5, 25, 25);
  context.fillStyle = skin;
  ellipse(x, y, 22, 26);
  context.lineWidth = 2;
  context.strokeStyle = '#7a3b32';
  const mouth = { x, y: y + 14, width: 9, bend: [6, 0, -6][emotion] };
  context.beginPath();
  context.moveTo(mouth.x - mouth.width, mouth.y - mouth.bend / 2);
  context.quadraticCurveTo(
    mouth.x,
    mouth.y + mouth.bend * 1.5,
    mouth.x + mouth.width,
    mouth.y - mouth.bend / 2,
  );
  context.stroke();
  context.fillStyle = skin;
  const parts = [boxAround('mouth', mouth.x - 11, mouth.y - 7, mouth.x + 11, mouth.y + 8)];
  for (const side of [-1, 1]) {
    const eye = x + side * 9;
    context.fillStyle = '#ffffff';
    ellipse(eye, y - 5, 4, 3);
    context.fillStyle = '#222222';
    ellipse(eye + between(-1, 1), y - 5, 1.7, 1.7);
    context.strokeStyle = `rgba(70, 30, 20, ${(age - YOUNGEST) / (OLDEST - YOUNGEST)})`;
    context.lineWidth = 1;
    for (const slope of [-3, 0, 3]) {
      context.beginPath();
      context.moveTo(eye + side * 6, y - 5 + slope / 2);
      context.lineTo(eye + side * 11, y - 5 + slope);
      context.stroke();
    }
    const [inner, outer] = [eye - side * 5, eye + side * 12];
    parts.push(boxAround('eyes', Math.min(inner, outer), y - 10, Math.max(inner, outer), y));
  }
  const pixels = context.getImageData(0, 0, SIDE, SIDE).data;
  return { png: () => canvas.toBuffer('image/png'), pixels, emotion, age, parts };
}

/**
 * @param {string} name
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 */
function boxAround(name, left, top, right, bottom) {
  const inside = (/** @type {number} */ edge) => Math.min(Math.max(Math.round(edge), 0), SIDE);
  return { name, left: inside(left), top: inside(top), right: inside(right), bottom: inside(bottom) };
}
