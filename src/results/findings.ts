import { calledOf } from '../datasets/kinds.js';
import type { AnyFamily, AnySections, Statistics, Summarised } from '../evaluation/families/family.js';
import { familiesOf } from '../evaluation/families/of-experiment.js';
import type { MethodKey } from '../evaluation/families/rows.js';
import type { Experiment } from '../experiment/config.js';
import { createBootstrap } from '../metrics/bootstrap.js';
import { type Collection, partsOf } from './collect.js';
import { type Recorded, scoreName } from './score-names.js';
import { isFixedSample, type Selection } from './selection.js';

/** What a run found of a family of measurements. */
export interface Finding {
  readonly family: AnyFamily;
  readonly found: Summarised<unknown, unknown, AnySections>;
}

/** What a run found, family by family that it asked for. */
export function findingsOf(
  record: Recorded,
  { rows }: Collection,
  selection: Pick<Selection, 'stopped'>,
): Finding[] {
  const { experiment } = record;
  const networks = experiment.networks.map(({ name }) => name);
  const statistics = statisticsOf(experiment, [selection]);
  const label = (row: MethodKey) => seriesLabel(experiment, row);
  const called = calledOf(experiment.dataset.type);
  const scoreOf = (network: string) => scoreName(record, network);
  return familiesOf(experiment).map(({ family, config }) => {
    const found = { config, rows: partsOf(rows, family), networks, statistics, called, label, scoreOf };
    return { family, found: { ...found, sections: family.summarise(found) } };
  });
}

/** The intervals and tests of an experiment, as far as they hold for the images that its runs came to. */
export function statisticsOf(
  { statistics }: Experiment,
  selections: readonly Pick<Selection, 'stopped'>[],
): Statistics {
  const { seed, resamples, level, interval } = statistics;
  const fixedSample = selections.every(isFixedSample);
  const options = { seed, resamples, confidence: level, method: interval, fixedSample };
  return { ...options, bootstrap: createBootstrap(options) };
}

/** How a method is called in plots and in the report: with its network when there are several. */
export function seriesLabel({ networks }: Experiment, { method, network }: MethodKey): string {
  return networks.length > 1 ? `${method} · ${network}` : method;
}
