import type { Engine } from '../engine/engine.js';
import { inferShapes } from '../graph/shapes.js';
import { floatTensor, sizeOf } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import { processorSeconds, secondsOf } from '../processor-time.js';

/** How long one state takes in a batch of so many. */
export interface BatchTime {
  readonly size: number;
  /** Processor seconds. */
  readonly seconds: number;
}

/** What was measured of a network, the smallest batch first, and the size to use. */
export interface Calibration {
  readonly times: readonly BatchTime[];
  readonly batch: number;
}

const SIZES = [1, 2, 4, 8, 16, 32];
/** Less time gained is not worth the memory. */
const WORTHWHILE = 0.03;
/** Of all sizes together, but for the one during which it ends. */
const SECONDS = 1;
/** A size is run so long and so often at least; the fastest run counts. */
const SIZE_SECONDS = 0.02;
const SIZE_RUNS = 2;
/** Bytes that all activations of a batch may take. */
const MEMORY = 2 ** 28;

/**
 * Finds out how many inputs a network takes at a time to be fast: forward passes in larger and larger batches, until
 * these gain nothing more. Results do not depend on the size.
 */
export async function calibrate(engine: Engine, { graph }: Network): Promise<Calibration> {
  const session = await engine.load(graph);
  const numbers = [...inferShapes(graph).values()].reduce((sum, shape) => sum + sizeOf(shape.slice(1)), 0);
  const most = MEMORY / (numbers * Float32Array.BYTES_PER_ELEMENT);
  const deadline = processorSeconds() + SECONDS;
  const times: BatchTime[] = [];
  for (const size of SIZES) {
    if (times.length > 0 && (size > most || processorSeconds() > deadline || gainedNothing(times))) break;
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, shape }) => {
        const sample = shape.slice(1);
        const numbers = new Float32Array(size * sizeOf(sample)).fill(0.5);
        return [name, floatTensor([size, ...sample], numbers)];
      }),
    );
    const seconds = await fastest(() => session.run(feeds));
    times.push({ size, seconds: seconds / size });
  }
  await session.release();
  return { times, batch: chooseBatch(times) };
}

/** The smallest size that is hardly slower than the fastest. */
export function chooseBatch(times: readonly BatchTime[]): number {
  const least = Math.min(...times.map(({ seconds }) => seconds));
  const chosen = times.find(({ seconds }) => seconds * (1 - WORTHWHILE) <= least);
  if (!chosen) throw new Error('no batch was measured');
  return chosen.size;
}

/** Whether the last two batches are hardly faster than a smaller one. */
function gainedNothing(times: readonly BatchTime[]): boolean {
  return times.slice(-2).every(({ size }) => size > chooseBatch(times));
}

/** Processor seconds of the fastest of several runs. */
async function fastest(run: () => Promise<unknown>): Promise<number> {
  let [total, least] = [0, Number.POSITIVE_INFINITY];
  for (let runs = 0; runs < SIZE_RUNS || total < SIZE_SECONDS; runs++) {
    const seconds = await secondsOf(run);
    total += seconds;
    least = Math.min(least, seconds);
  }
  return least;
}
