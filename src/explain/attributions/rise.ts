import { z } from 'zod';
import type { InputLayout } from '../../input/layout.js';
import { sampled, samplesOf } from '../../input/resize.js';
import { randomStream } from '../../random.js';
import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution } from './attribution.js';
import { masked } from './masked.js';
import type { Pass } from './passes.js';
import { OUTPUT, type Output, scoreOf } from './score.js';

export const RISE = z.strictObject({
  masks: z.int().min(1).max(100_000).default(4000).describe('random masks, one forward pass each'),
  cells: z.int().min(1).max(1000).default(7).describe('cells of a mask along each axis'),
  p: z.number().gt(0).lt(1).default(0.5).describe('probability that a cell is kept'),
  output: OUTPUT,
});

type Settings = z.infer<typeof RISE>;

/** A mask before it is stretched: a number a cell, and where it is cut out. */
export interface MaskDraw {
  /** 0 or 1 a cell, row by row. */
  readonly kept: ArrayLike<number>;
  /** Rows and columns that are cut off at the top and the left. */
  readonly shift: readonly [number, number];
}

/** How cells become masks. */
export interface MaskGrid {
  readonly rows: number;
  readonly columns: number;
}

/**
 * RISE (Petsiuk et al. 2018): the mean score of the input under random masks, weighted with them: at every place,
 * sum f(x m) m / sum m. What a mask removes is 0, the mean colour where preprocessing subtracts it.
 */
export function rise(settings: Settings): Attribution {
  return {
    definition: () => ({ kind: 'rise', ...settings }),
    prepare(passes) {
      const forward = passes.forward();
      const { layout } = passes.network;
      const grid = gridOf(layout, settings.cells);
      return async (requests) => {
        const results = [];
        for (const request of requests) {
          const draw = (mask: number) => drawOf(grid, layout, settings, passes.seed, request.id, mask);
          const relevance = await riseMap(forward, request, { grid, layout, draw }, settings);
          results.push({ relevance, channels: 1, passes: settings.masks });
        }
        return results;
      };
    },
  };
}

/** Where masks come from. */
interface Masks {
  readonly grid: MaskGrid;
  readonly layout: InputLayout;
  readonly draw: (mask: number) => MaskDraw;
}

/** One number a place; 0 where no mask keeps anything. */
export async function riseMap(
  forward: Pass,
  request: ExplainRequest,
  { grid, layout, draw }: Masks,
  { masks: count, output }: { masks: number; output: Output },
): Promise<Float32Array> {
  // Masks whose scores are on their way, hardly more than one batch: scores come in the order of the masks.
  const waiting: Float32Array[] = [];
  function* items(): Generator<Item> {
    for (let index = 0; index < count; index++) {
      const mask = stretchedMask(draw(index), grid, layout);
      waiting.push(mask);
      yield { input: masked(request.input, mask), request };
    }
  }
  const [weighted, kept] = [new Float64Array(layout.places), new Float64Array(layout.places)];
  await forward.run(items(), (outputs) => {
    const [logits = new Float32Array()] = Object.values(outputs);
    const mask = waiting.shift() as Float32Array;
    const score = scoreOf(logits, request, output);
    for (let place = 0; place < mask.length; place++) {
      const value = mask[place] as number;
      weighted[place] = (weighted[place] as number) + score * value;
      kept[place] = (kept[place] as number) + value;
    }
  });
  return Float32Array.from(weighted, (sum, place) => sum / ((kept[place] as number) || 1));
}

/** Cells of an input: as many along both axes of an image, along the one of a signal. */
export function gridOf({ rows, columns }: InputLayout, cells: number): MaskGrid {
  return { rows: Math.min(cells, rows), columns: Math.min(cells, columns) };
}

function drawOf(
  grid: MaskGrid,
  layout: InputLayout,
  { p }: Settings,
  seed: number,
  id: string,
  mask: number,
): MaskDraw {
  const numbers = randomStream(seed, 'rise', id, mask);
  const kept = Uint8Array.from({ length: grid.rows * grid.columns }, (_, i) =>
    numbers.uniform(i + 2) < p ? 1 : 0,
  );
  const { height, width } = cellOf(grid, layout);
  return { kept, shift: [numbers.integer(0, height), numbers.integer(1, width)] };
}

function cellOf(grid: MaskGrid, { rows, columns }: InputLayout): { height: number; width: number } {
  return { height: Math.ceil(rows / grid.rows), width: Math.ceil(columns / grid.columns) };
}

/**
 * One number of 0..1 a place: the cells stretched bilinearly (half-pixel centres) by one cell more than the input needs,
 * and cut out where the shift says.
 */
export function stretchedMask({ kept, shift }: MaskDraw, grid: MaskGrid, layout: InputLayout): Float32Array {
  const { height, width } = cellOf(grid, layout);
  const cut = (from: number, cell: number, begin: number, length: number) =>
    samplesOf(from, (from + 1) * cell).slice(begin, begin + length);
  const [top, left] = shift;
  return sampled(kept, grid.columns, {
    rows: cut(grid.rows, height, top, layout.rows),
    columns: cut(grid.columns, width, left, layout.columns),
  });
}
