import { layoutOf } from '../../input/layout.js';
import type { Composite } from '../composites.js';
import type { Attribution } from './attribution.js';

/**
 * A backward pass by a composite: relevance in the shape of the input.
 * @param rules some depend on whether the range of the network input is known
 * @param start gradients always start with 1 at the target; relevance, without it, as the options say
 */
export function backwardPass(rules: (bounded: boolean) => Composite, start?: 'one'): Attribution {
  return {
    definition: (bounded, asked) => ({ rules: rules(bounded), start: start ?? asked }),
    prepare(passes) {
      const name = passes.backward(rules(passes.bounded), start ?? passes.options.start ?? 'logit');
      const { channels } = layoutOf(passes.network.inputShape);
      return (_, maps) => (maps.get(name) ?? []).map((relevance) => ({ relevance, channels }));
    },
    rules,
    distributes: start === undefined,
  };
}
