import type { SKRSContext2D } from '@napi-rs/canvas';
import { FONT, fitText, INK, probeOf } from '../canvas.js';
import { shortNumber } from '../numbers.js';
import type { Area } from '../panels.js';

/** A signal's channels and moments, as axes name them. */
export interface SignalAxes {
  readonly names: readonly string[];
  readonly moments: number;
  /** Moments a second; without it moments are counted. */
  readonly sampleRate?: number;
}

/** Least and most room for the names of channels, left of a panel. */
const [LEAST_NAMES, MOST_NAMES] = [56, 170];
/** Between a name and its row. */
const BESIDE = 4;
/** Letters of a name, where rows are high enough. */
const LARGEST = 11;
/** Room for the scale of time, below one. */
export const SCALE = 30;

/** A line of text needs this much. */
const LEAST_LINE = 8;
const TICKS = 4;

/** Room for the names of channels, left of a panel. */
export function roomForNames(names: readonly string[]): number {
  const probe = probeOf(`${LARGEST}px "${FONT}"`);
  const widest = Math.max(0, ...names.map((name) => Math.ceil(probe.measureText(name).width)));
  return Math.min(MOST_NAMES, Math.max(LEAST_NAMES, widest + 2 * BESIDE));
}

/** Writes the names of channels left of their rows; where rows are narrower than text, every second, third... of them. */
export function drawNames(context: SKRSContext2D, { x, y, height }: Area, { names }: SignalAxes): void {
  const row = height / names.length;
  const every = Math.ceil(LEAST_LINE / row);
  context.font = `${Math.min(LARGEST, Math.max(LEAST_LINE, row))}px "${FONT}"`;
  context.fillStyle = INK;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  const room = roomForNames(names) - BESIDE;
  for (let i = 0; i < names.length; i += every)
    context.fillText(fitText(context, names[i] as string, room), x - BESIDE, y + (i + 0.5) * row);
}

/** Writes the scale of time below a panel. */
export function drawTime(context: SKRSContext2D, area: Area, { moments, sampleRate }: SignalAxes): void {
  const { x, y, width, height } = area;
  const length = moments / (sampleRate ?? 1);
  const step = roundStep(length / TICKS);
  context.font = `10px "${FONT}"`;
  context.fillStyle = INK;
  context.strokeStyle = INK;
  context.lineWidth = 0.5;
  context.textBaseline = 'top';
  const bottom = y + height;
  for (let i = 0; i * step <= length * (1 + 1e-9); i++) {
    const at = x + ((i * step) / length) * width;
    context.beginPath();
    context.moveTo(at, bottom);
    context.lineTo(at, bottom + 3);
    context.stroke();
    context.textAlign = i === 0 ? 'left' : at > x + width - 10 ? 'right' : 'center';
    context.fillText(shortNumber(i * step), at, bottom + 5);
  }
  context.textAlign = 'center';
  context.fillText(sampleRate === undefined ? 'moments' : 'seconds', x + width / 2, bottom + 17);
}

/** A number of moments as time. */
export function timeText(moments: number, { sampleRate }: SignalAxes): string {
  return sampleRate === undefined ? `${moments} moments` : `${shortNumber(moments / sampleRate)} s`;
}

/** 1, 2 or 5 times a power of ten, at least the given step. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= step) as number);
}
