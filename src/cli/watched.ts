import { type Called, IMAGES } from '../input/called.js';
import type { Stage, Watch } from '../run/watch.js';
import { listenForInterrupt } from './interrupt.js';
import { leaveWord } from './last-words.js';
import { say } from './output.js';
import { clearLine, countedSamples, createProgress, type Progress, showStep } from './progress.js';

export interface WatchOptions {
  readonly quiet: boolean;
  readonly workers: number;
  /** What is said where the process dies without a word. */
  readonly words: string;
}

/** How runs are told to stop, and how a run of this name is watched. */
interface Watching {
  readonly signal: AbortSignal;
  /** @param called what the samples are called, where that is known */
  watch(name: string, called?: Called): Pick<Watch, 'onProgress' | 'onStep' | 'onNote'>;
}

/** Does runs that say on the terminal how far they are, and that the first Ctrl-C ends gracefully. */
export async function watched<T>(
  { quiet, workers, words }: WatchOptions,
  work: (watching: Watching) => Promise<T>,
): Promise<T> {
  const note = (text: string) => {
    if (!quiet) clearLine();
    say(`heatproof: ${text}\n`);
  };
  const callOff = leaveWord(`heatproof: ${words}`);
  const interrupt = listenForInterrupt(() => {
    callOff();
    note('finishing what is in hand; once more to stop at once');
  });
  let shown: Readonly<Record<Stage, Progress>> | undefined;
  const end = () => {
    for (const one of Object.values(shown ?? {})) one.end();
  };
  const watch: Watching['watch'] = (name, called = IMAGES) => {
    end();
    const options = { quiet, counted: countedSamples(called), startUp: workers };
    const progress: Record<Stage, Progress> = {
      select: createProgress(`${name}: choosing ${called.samples}`, options),
      evaluate: createProgress(name, options),
    };
    shown = progress;
    return {
      onProgress: (stage, done, total) => progress[stage].update(done, total),
      onStep: (what) => void (quiet || showStep(`${name}: ${what}`)),
      onNote: note,
    };
  };
  try {
    return await work({ signal: interrupt.signal, watch });
  } finally {
    end();
    interrupt.end();
    callOff();
  }
}
