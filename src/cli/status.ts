import { queueStatus } from '../queue/status.js';
import type { OptionsOf } from './command.js';
import { notes } from './notes.js';
import type { statusCommand } from './options/status.js';
import { print } from './output.js';
import { formatTime } from './progress.js';
import { formatTable } from './table.js';

/** A run's state in words. */
const STATES = {
  running: 'running',
  opening: 'opening; its coordinator computes the canaries, workers wait for them',
  paused: 'paused; it goes on with heatproof run --resume',
  left: 'without a coordinator; it goes on with heatproof run --resume',
  over: 'over',
} as const;

export async function status({ queue, json }: OptionsOf<typeof statusCommand>): Promise<void> {
  const found = await queueStatus(queue, notes(false));
  if (json) return print(`${JSON.stringify(found)}\n`);
  const { run, workers } = found;
  if (!run) return print('no run\n');
  const { name, state, done, total, rate, timeLeft } = run;
  print(`${name}: ${STATES[state]}\n`);
  if (state === 'over' || state === 'opening') return;
  const left = timeLeft === undefined ? '' : `, ${formatTime(timeLeft)} left`;
  print(`${done} of ${total} units, ${rate.toFixed(1)} a second${left}\n`);
  if (workers.length === 0) return print('no workers\n');
  const rows = workers.map(({ name: worker, threads, done: units, silent }) => [
    worker,
    String(threads),
    String(units),
    `${Math.round(silent)} s ago`,
  ]);
  print(`\n${formatTable(['worker', 'threads', 'units', 'seen'], rows)}\n`);
}
