import { InputError, mismatch } from '../errors.js';
import type { AnyFamily } from '../evaluation/families/family.js';
import { familiesOf, isSampled } from '../evaluation/families/of-experiment.js';
import type { MetricInfo } from '../metrics/metric.js';
import type { Experiment, StopConfig } from './config.js';

/** The metric that a run watches to know when to stop, and the family that measures it. */
export interface WatchedMetric {
  readonly info: MetricInfo;
  readonly family: AnyFamily;
}

/** @throws InputError where no family that the experiment asks for measures the metric on every image */
export function watchedMetric(experiment: Experiment, { metric }: StopConfig): WatchedMetric {
  const known = familiesOf(experiment).flatMap((asked) => {
    const { family } = asked;
    return family.values && !isSampled(asked) ? family.metrics.map((info) => ({ info, family })) : [];
  });
  const found = known.find(({ info }) => info.id === metric);
  if (found) return found;
  throw mismatch({
    what: 'stop.metric',
    where: experiment.name,
    expected: known.length > 0 ? known.map(({ info }) => info.id).join(', ') : 'a family with metrics',
    got: `'${metric}'`,
  });
}

/**
 * @param images how many images the run may have, where that is known
 * @throws InputError where a run cannot be stopped as the experiment says
 */
export function checkStop(experiment: Experiment, images: number | undefined): void {
  const { stop, methods, networks } = experiment;
  if (!stop) return;
  watchedMetric(experiment, stop);
  if (networks.length > 1)
    throw new InputError(`stop: expected one network, got ${networks.length}: one run a network`);
  const { decide } = stop;
  if (!decide) return;
  const unknown = decide.find((method) => !methods.includes(method));
  if (unknown !== undefined)
    throw new InputError(`stop.decide: expected methods of the experiment, got '${unknown}'`);
  const twice = decide.find((method, i) => decide.indexOf(method) !== i);
  if (twice !== undefined) throw new InputError(`stop.decide: '${twice}' stands there twice`);
  if (images !== undefined) checkMost(stop, images);
}

/** @throws InputError where a run has fewer images than its looks are planned for */
export function checkMost({ most }: StopConfig, images: number): void {
  if (most !== undefined && most > images)
    throw new InputError(`stop.most: expected at most the ${images} of the run, got ${most}`);
}
