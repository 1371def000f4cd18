import type { InputLayout } from '../../input/layout.js';
import { randomStream } from '../../random.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution } from './attribution.js';

/** Heatmaps that look at the network not at all: what a method must beat. One number a place, never negative. */
const BASELINES = {
  /** Uniform in [0, 1), by seed and image id. */
  random: ({ places }: InputLayout, { id }: ExplainRequest, seed: number) =>
    randomStream(seed, 'random-heatmap', id).uniforms(places),

  /** 1 at the centre, falling to 0 in the corners with the distance. */
  center: ({ rows, columns, places }: InputLayout) => {
    const [middleY, middleX] = [(rows - 1) / 2, (columns - 1) / 2];
    const farthest = Math.hypot(middleY, middleX) || 1;
    return Float32Array.from({ length: places }, (_, place) => {
      const [y, x] = [Math.floor(place / columns), place % columns];
      return 1 - Math.hypot(y - middleY, x - middleX) / farthest;
    });
  },

  /** Sobel gradient: its l2 norm over directions and channels; the border repeats. */
  edges: ({ rows, columns, places }: InputLayout, { input }: Pick<ExplainRequest, 'input'>) => {
    const clamp = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
    return Float32Array.from({ length: places }, (_, place) => {
      const [y, x] = [Math.floor(place / columns), place % columns];
      let squares = 0;
      for (let channel = 0; channel < input.length; channel += places) {
        const at = (dy: number, dx: number) =>
          input[channel + clamp(y + dy, rows) * columns + clamp(x + dx, columns)] as number;
        const across = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
        const down = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
        squares += across * across + down * down;
      }
      return Math.sqrt(squares);
    });
  },
} as const;

/** The edges of an input, as the method `edges` draws them. */
export const edgesOf = BASELINES.edges;

/** One of the baselines, by its name. */
export function baseline(kind: keyof typeof BASELINES): Attribution {
  const mapOf = BASELINES[kind];
  return {
    definition: () => ({ kind }),
    prepare({ network: { layout }, seed }) {
      return (requests) =>
        requests.map((request) => ({ relevance: mapOf(layout, request, seed), channels: 1 }));
    },
  };
}
