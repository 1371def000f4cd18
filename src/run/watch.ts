/** How a run tells of its progress, and how it is told to end. */
export interface Watch {
  /** Aborting it ends the run after the units in hand. */
  readonly signal: AbortSignal;
  /** Called as a stage begins and as it goes on. */
  onProgress(stage: Stage, done: number, total: number): void;
  /** Told what begins, where it may take a while and cannot be counted. */
  onStep(what: string): void;
  /** Told what the user should know of a run that goes on. */
  onNote(note: string): void;
}

/** `select`: images found that are classified correctly; `evaluate`: units done. */
export type Stage = 'select' | 'evaluate';

export const UNWATCHED: Watch = {
  signal: new AbortController().signal,
  onProgress() {},
  onStep() {},
  onNote() {},
};
