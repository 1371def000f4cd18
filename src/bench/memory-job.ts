import { readFileSync } from 'node:fs';
import { runExperiment } from '../run/run.js';
import type { PeakMemory } from './memory.js';
import type { Workload } from './workload.js';

/** The process whose memory is measured: runs the workload that it is sent, and answers with its peak. */
process.once('message', async ({ experiment, out }: Workload) => {
  let physical = 0;
  const sampling = setInterval(() => {
    physical = Math.max(physical, physicalMemory() ?? 0);
  }, SAMPLING_MS);
  await runExperiment(experiment, { out, mode: 'fresh', workers: 2 });
  clearInterval(sampling);
  const residentMB = process.resourceUsage().maxRSS / 2 ** 10;
  const peak: PeakMemory = { physicalMB: physical / 2 ** 20 || residentMB, residentMB };
  process.send?.(peak, () => process.disconnect());
});

const SAMPLING_MS = 200;

/** Bytes of physical memory that this process holds now (Linux: its proportional set size); undefined elsewhere. */
function physicalMemory(): number | undefined {
  try {
    const [, kilobytes] = /^Pss: +(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : 2 ** 10 * Number(kilobytes);
  } catch {
    return undefined;
  }
}
