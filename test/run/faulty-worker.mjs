import { setTimeout } from 'node:timers/promises';
import { Piscina } from 'piscina';

/** How many jobs were begun and ended. */
const counts = Piscina.workerData;

/** Does what its job says: a worker that fails in every way that workers do. */
export default async function work({ id, deed = 'work' }) {
  if (counts) Atomics.add(counts, 0, 1);
  if (deed === 'exit') process.exit(7);
  if (deed === 'throw') throw new Error(`thrown by ${id}`);
  if (deed === 'crash')
    queueMicrotask(() => {
      throw new Error(`uncaught in ${id}`);
    });
  if (deed === 'exhaust') {
    const hoard = [];
    for (;;) hoard.push(new Array(1e5).fill(id));
  }
  await setTimeout(deed === 'linger' ? 100 : 5);
  if (counts) Atomics.add(counts, 1, 1);
  return `done ${id}`;
}
