import { batchSizes } from '../engine/batch-sizes.js';
import type { Engine } from '../engine/engine.js';
import { type Graph, logitsName } from '../graph/graph.js';
import { floatTensor } from '../graph/tensor.js';
import type { Beside, Evaluator } from './evaluator.js';
import type { Fill } from './fills.js';
import { splitCurves, stepCount, type Trajectory, takeStep } from './trajectory.js';

/** Runs every state through the whole network. Batches run across the borders of trajectories; x(0) is run once. */
export async function fullEvaluator(engine: Engine, graph: Graph, batch: number): Promise<Evaluator> {
  const session = await engine.load(graph);
  const output = logitsName(graph);

  /** Logits of the first `count` images. A single one is run beside another: see {@link batchSizes}. */
  async function run(
    images: Float32Array,
    count: number,
    size: number,
    given: Beside,
  ): Promise<Float32Array> {
    const rows = Math.max(2, count);
    const feeds = graph.inputs.map(({ name, shape }, i) => {
      const numbers = i === 0 ? images.subarray(0, rows * size) : repeated(given[name] ?? [], rows);
      return [name, floatTensor([rows, ...shape.slice(1)], numbers)] as const;
    });
    const logits = (await session.run(Object.fromEntries(feeds)))[output]?.data as Float32Array;
    return logits.subarray(0, (count * logits.length) / rows);
  }

  return {
    async logits(image, trajectories, fill, given = {}) {
      const count = trajectories.reduce((sum, trajectory) => sum + stepCount(trajectory), 1);
      const sizes = batchSizes(count, batch);
      const images = new Float32Array(Math.max(2, ...sizes) * image.length);
      const results: Float32Array[] = [];
      let filled = 0;
      for (const state of states(image, trajectories, fill)) {
        images.set(state, filled++ * image.length);
        if (filled < (sizes[results.length] as number)) continue;
        results.push(await run(images, filled, image.length, given));
        filled = 0;
      }
      const logits = concatenate(results);
      return splitCurves(logits, trajectories, logits.length / count);
    },
    release: () => session.release(),
  };
}

function repeated(numbers: ArrayLike<number>, rows: number): Float32Array {
  const all = new Float32Array(rows * numbers.length);
  for (let row = 0; row < rows; row++) all.set(numbers, row * numbers.length);
  return all;
}

/** x(0), then x(1) .. x(L) of every trajectory. Each is only valid until the next one is asked for. */
function* states(
  image: Float32Array,
  trajectories: readonly Trajectory[],
  fill: Fill,
): Generator<Float32Array> {
  yield image;
  for (const trajectory of trajectories) {
    const state = image.slice();
    for (let step = 1; step <= stepCount(trajectory); step++) {
      takeStep(state, trajectory, step, fill);
      yield state;
    }
  }
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
