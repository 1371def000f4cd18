import type { NetworkWriter } from './writer.js';

const LARGEST = 3.4028234663852886e38;

/** x clamped to low .. high; a Relu where that is what it is. */
export function addClip(writer: NetworkWriter, x: string, low: number, high: number, name: string): string {
  if (low === 0 && high >= LARGEST) return writer.add('Relu', [x], {}, name);
  const bounds = [low, high].map((bound) => writer.scalar(Math.min(Math.max(bound, -LARGEST), LARGEST)));
  return writer.add('Clip', [x, ...bounds], {}, name);
}
