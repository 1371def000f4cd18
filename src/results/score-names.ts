import type { RunRecord } from '../experiment/definition.js';

/** What is said of a run's experiment and networks. */
export type Recorded = Pick<RunRecord, 'experiment' | 'definition'>;

/**
 * What the score of a network is called: the logit or the probability that is followed; of a network of one output, a
 * regression, what that is called, or `output`.
 */
export function scoreName({ experiment, definition }: Recorded, network: string): string {
  const networks = definition.networks as readonly { name: string; classes?: number; output?: string }[];
  const { classes, output = 'output' } = networks.find(({ name }) => name === network) ?? {};
  return classes === 1 ? output : (experiment.perturbation?.output ?? 'logit');
}
