import type { Composite } from '../composites.js';
import type { Attribution } from './attribution.js';

/**
 * A backward pass by a composite: relevance in the shape of the input.
 * @param rules some depend on whether the range of the network input is known
 * @param start gradients always start with 1 at the target; relevance, without it, as the options say
 * @param carried what goes back from layer to layer, where it is not relevance itself
 */
export function backwardPass(
  rules: (bounded: boolean) => Composite,
  start?: 'one',
  carried?: 'ratio',
): Attribution {
  return {
    definition: (bounded, asked) => ({
      rules: rules(bounded),
      start: start ?? asked,
      ...(carried && { carried: 'relevance over activation' }),
    }),
    prepare(passes) {
      const name = passes.backward(rules(passes.bounded), start ?? passes.options.start ?? 'logit', carried);
      const { channels } = passes.network.layout;
      return (_, maps) => (maps.get(name) ?? []).map((relevance) => ({ relevance, channels }));
    },
    rules,
    ...(carried && { carried }),
    distributes: start === undefined,
  };
}
