import type { Stage, Watch } from '../run/watch.js';
import { listenForInterrupt } from './interrupt.js';
import { say } from './output.js';
import { createProgress, type Progress } from './progress.js';

/** How runs are told to stop, and how a run of this name is watched. */
interface Watching {
  readonly signal: AbortSignal;
  watch(name: string): Pick<Watch, 'onProgress' | 'onNote'>;
}

/** Does runs that say on the terminal how far they are, and that the first Ctrl-C ends gracefully. */
export async function watched<T>(quiet: boolean, work: (watching: Watching) => Promise<T>): Promise<T> {
  const note = (text: string) => say(`heatproof: ${text}\n`);
  const interrupt = listenForInterrupt(() => note('finishing the images in hand; once more to stop at once'));
  let shown: Readonly<Record<Stage, Progress>> | undefined;
  const end = () => {
    for (const one of Object.values(shown ?? {})) one.end();
  };
  const watch = (name: string): ReturnType<Watching['watch']> => {
    end();
    const progress: Record<Stage, Progress> = {
      select: createProgress(`${name}: choosing images`, quiet),
      evaluate: createProgress(name, quiet),
    };
    shown = progress;
    return { onProgress: (stage, done, total) => progress[stage].update(done, total), onNote: note };
  };
  try {
    return await work({ signal: interrupt.signal, watch });
  } finally {
    end();
    interrupt.end();
  }
}
