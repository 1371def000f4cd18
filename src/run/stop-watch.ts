import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { imageStem } from '../evaluation/heatmaps.js';
import { type UnitResult, unitKeys } from '../evaluation/unit.js';
import type { Experiment, StopConfig } from '../experiment/config.js';
import type { ResultsDirectory } from '../results/directory.js';
import { indexJournal, readUnits } from '../results/journal.js';
import type { Selection, StopsBy } from '../results/selection.js';
import { checkUnit } from '../results/state.js';
import { type ImageValues, Stopping, stopsBy } from '../results/stopping.js';

/**
 * Watches the units of a run for the moment at which it may end. Units end in any order; what decides is the part of the
 * run's order that is complete, so that workers, resuming and merging end a run with the same image.
 */
export class StopWatch {
  readonly #keys: readonly string[];
  readonly #stopping: Stopping;
  readonly #by: StopsBy;
  readonly #waiting = new Map<string, ImageValues>();
  readonly #end = new AbortController();
  #taken = 0;

  constructor(experiment: Experiment, stop: StopConfig, { images }: Selection) {
    this.#keys = unitKeys(experiment.networks, images);
    this.#stopping = new Stopping(experiment, stop);
    this.#by = stopsBy(stop);
  }

  /** Aborted when the run may end. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Takes a unit that has ended, in whatever order. */
  add(unit: UnitResult): void {
    this.#waiting.set(unit.key, this.#stopping.valuesOf(unit));
    while (!this.signal.aborted) {
      const key = this.#keys[this.#taken];
      const values = key === undefined ? undefined : this.#waiting.get(key);
      if (key === undefined || values === undefined) return;
      this.#waiting.delete(key);
      this.#taken++;
      if (this.#stopping.take(values)) this.#end.abort();
    }
  }

  /** Takes the units that a journal holds; those that failed only where they are not tried again. */
  async addJournal({ journal }: ResultsDirectory, failed: 'with failed' | 'without failed'): Promise<void> {
    const index = await indexJournal(journal);
    for await (const unit of readUnits<UnitResult>(journal, index, this.#keys)) {
      if (this.signal.aborted) return;
      if (unit.status === 'failed' && failed === 'without failed') continue;
      checkUnit(unit);
      this.add(unit);
    }
  }

  /**
   * Where the run may end: makes the images that it came to the images of the run. What was done beyond them is dropped, since
   * it depends on who was how fast.
   */
  async endRun(directory: ResultsDirectory): Promise<void> {
    if (!this.signal.aborted) return;
    const selection = await directory.readSelection();
    const { images, contents } = selection;
    await removeHeatmaps(directory, images.slice(this.#taken));
    await directory.writeSelection({
      ...selection,
      images: images.slice(0, this.#taken),
      contents: contents.slice(0, this.#taken),
      stopped: { of: images.length, by: this.#by },
    });
  }
}

/** The watch of a run that may end early and has not; a shard sees too little of it. */
export function stopWatch(experiment: Experiment, selection: Selection): StopWatch | undefined {
  const { stop } = experiment;
  return stop && !selection.stopped ? new StopWatch(experiment, stop, selection) : undefined;
}

async function removeHeatmaps({ heatmaps }: ResultsDirectory, images: readonly string[]): Promise<void> {
  if (!existsSync(heatmaps)) return;
  const stems = new Set(images.map((image) => imageStem(image)));
  for (const file of await readdir(heatmaps)) {
    if (stems.has(file.slice(0, file.indexOf('.')))) await rm(join(heatmaps, file));
  }
}
