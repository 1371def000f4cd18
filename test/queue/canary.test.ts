import { describe, expect, it } from 'vitest';
import type { Evaluate } from '../../src/evaluation/job.js';
import type { DoneUnit, LeftOutUnit } from '../../src/evaluation/unit.js';
import { chooseCanaries, LOOKED_AT } from '../../src/queue/canary.js';
import type { Workers } from '../../src/run/workers.js';

const jobsOf = (network: number, units: number) =>
  Array.from(
    { length: units },
    (_, i): Evaluate => ({ kind: 'evaluate', key: `${network}/${i}`, network, sample: i, also: [] }),
  );

/** Workers that can compute these units and no others. */
const workersFor = (computable: readonly string[]): Workers => ({
  async *run(jobs) {
    for await (const job of jobs) {
      const { key } = job as Evaluate;
      const unit = { key, status: computable.includes(key) ? 'done' : 'failed' } as DoneUnit | LeftOutUnit;
      yield { job, result: { unit, seconds: 1 } as never };
    }
  },
});

describe('canaries', () => {
  it('are the first units of each network that can be computed; networks without any are named', async () => {
    const jobs = [0, 1, 2].flatMap((network) => jobsOf(network, LOOKED_AT + 1));
    const workers = workersFor(['0/0', '1/2', '1/3', `2/${LOOKED_AT}`]);
    const chosen = await chooseCanaries(jobs, workers, new AbortController().signal);
    expect(chosen.jobs.map(({ key }) => key)).toEqual(['0/0', '1/2']);
    expect(chosen.without).toEqual([2]);
  });
});
