import type { Engine } from '../engine/engine.js';
import { ENGINES } from '../engine/engines.js';
import { UnitEvaluator } from '../evaluation/evaluator.js';
import { processorSeconds, secondsOf } from '../processor-time.js';
import { planWorkload, type Workload } from './workload.js';

export interface UnitCosts {
  /** Share of the processor time of evaluating an image that is spent in the engine. */
  readonly engineShare: number;
  /** Processor seconds after so many images. */
  readonly growth: readonly { readonly images: number; readonly seconds: number }[];
}

/** Evaluates the images of a workload one after the other, as a worker of a run does. Loading the network is not counted. */
export async function measureUnits(workload: Workload): Promise<UnitCosts> {
  const { plan, jobs } = await planWorkload(workload);
  const { engine, spent } = clockedEngine(ENGINES[workload.experiment.engine]);
  const units = new UnitEvaluator(plan, engine);
  for (const job of jobs.slice(0, 1)) await units.evaluate(job, units.prepare(job));
  const before = spent();
  const start = processorSeconds();
  const growth = [];
  for (const [done, job] of jobs.entries()) {
    await units.evaluate(job, units.prepare(job));
    growth.push({ images: done + 1, seconds: processorSeconds() - start });
  }
  const engineShare = (spent() - before) / (processorSeconds() - start);
  await units.release();
  return { engineShare, growth };
}

/** An engine whose sessions add up the processor time of their runs. */
function clockedEngine(engine: Engine): { engine: Engine; spent: () => number } {
  let total = 0;
  const load: Engine['load'] = async (graph, options) => {
    const session = await engine.load(graph, options);
    return {
      ...session,
      async run(feeds, into) {
        let outputs: Awaited<ReturnType<typeof session.run>> = {};
        total += await secondsOf(async () => {
          outputs = await session.run(feeds, into);
        });
        return outputs;
      },
    };
  };
  return { engine: { name: engine.name, load }, spent: () => total };
}
