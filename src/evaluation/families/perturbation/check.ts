import { InputError, mismatch } from '../../../errors.js';
import { divisionOf } from '../../../input/kinds.js';
import { layoutOf } from '../../../input/layout.js';
import type { NamedNetwork } from '../family.js';
import type { PerturbationConfig } from './config.js';

/** @throws InputError when a network's input has fewer regions than are to be replaced, or bounds cannot be searched */
export function checkSteps(
  { name, network }: NamedNetwork,
  { region, steps, regionsPerStep, bounds }: PerturbationConfig,
): void {
  const { count } = divisionOf(region).units(layoutOf(network.inputShape));
  const most = Math.ceil(count / regionsPerStep);
  if (steps > most) {
    throw mismatch({
      what: 'perturbation.steps',
      where: `network ${name}`,
      expected: `at most ${most}: ${count} regions of ${region}, ${regionsPerStep} a step`,
      got: String(steps),
    });
  }
  if (bounds !== undefined && regionsPerStep > 1) {
    throw new InputError(`perturbation.bounds: expected regionsPerStep 1, got ${regionsPerStep}`);
  }
}
