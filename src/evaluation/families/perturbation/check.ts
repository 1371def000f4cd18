import { InputError, mismatch } from '../../../errors.js';
import { divisionOf } from '../../../input/kinds.js';
import type { Units } from '../../../input/units.js';
import { FILLS_WITHOUT_RANGE, TEXT_FILLS } from '../../../perturbation/fills.js';
import type { Asked } from '../asked.js';
import type { NamedNetwork } from '../family.js';
import { GROUPS } from '../groups/config.js';
import type { PerturbationConfig } from './config.js';

/** @throws InputError where groups are to be replaced and there are none */
export function checkRemoval({ groups }: PerturbationConfig, asked: Asked): void {
  if (groups && !asked(GROUPS)) {
    throw new InputError("perturbation.groups: expected 'groups' (named groups of channels), got none");
  }
}

/** @throws InputError for a fill that draws from a range which the network's inputs do not have */
export function checkFill({ name, network }: NamedNetwork, { fill }: PerturbationConfig): void {
  const { kind, text } = network.layout;
  const isForTexts = fill === 'pad' || fill === 'unknown';
  if (
    text
      ? TEXT_FILLS.includes(fill)
      : !isForTexts && (kind !== 'channels' || FILLS_WITHOUT_RANGE.includes(fill))
  )
    return;
  throw mismatch({
    what: 'perturbation.fill',
    where: `network ${name}`,
    expected: text
      ? `one that stands for a word: ${TEXT_FILLS.join(', ')}`
      : isForTexts
        ? 'one that does not stand for a word, since inputs are no texts'
        : `one that needs no range of the input, since signals have none: ${FILLS_WITHOUT_RANGE.join(', ')}`,
    got: fill,
  });
}

/** @throws InputError when there are fewer units than are to be replaced */
export function checkCount(
  { count }: Pick<Units, 'count'>,
  where: string,
  { region, steps, regionsPerStep }: Pick<PerturbationConfig, 'region' | 'steps' | 'regionsPerStep'>,
): void {
  const most = Math.ceil(count / regionsPerStep);
  if (steps <= most) return;
  throw mismatch({
    what: 'perturbation.steps',
    where,
    expected: `at most ${most}: ${count} regions of ${JSON.stringify(region)}, ${regionsPerStep} a step`,
    got: String(steps),
  });
}

/** @throws InputError when a network's input has fewer regions than are to be replaced, or bounds cannot be searched */
export function checkSteps(
  { name, network }: NamedNetwork,
  { region, steps, regionsPerStep, bounds }: PerturbationConfig,
): void {
  const { ofImage, units } = divisionOf(region);
  if (!ofImage) checkCount(units(network.layout), `network ${name}`, { region, steps, regionsPerStep });
  if (bounds !== undefined && regionsPerStep > 1) {
    throw new InputError(`perturbation.bounds: expected regionsPerStep 1, got ${regionsPerStep}`);
  }
}

/** @throws InputError where the steps that are scored do not lead to the last one */
export function checkScored({ at, every, steps }: PerturbationConfig): void {
  if (!at) return;
  if (every) throw new InputError("perturbation: expected 'at' or 'every', got both");
  const ascending = at.every((step, k) => k === 0 || step > (at[k - 1] as number));
  if (ascending && at.at(-1) === steps) return;
  throw new InputError(
    `perturbation.at: expected ascending steps, the last one 'steps' (${steps}), got ${at.join(', ')}`,
  );
}
