import { mismatch } from '../../../errors.js';
import type { NamedNetwork } from '../family.js';

/**
 * @param what the key of the config that needs channels
 * @throws InputError where the inputs of a network have no channels that are told apart
 */
export function requireChannels(what: string, networks: readonly NamedNetwork[]): void {
  for (const { name, network } of networks) {
    if (network.layout.kind === 'channels') continue;
    throw mismatch({
      what,
      where: `network ${name}`,
      expected: 'a data set of type signals, whose channels have names',
      got: `an input of shape [${network.inputShape}] whose channels are not told apart`,
    });
  }
}
