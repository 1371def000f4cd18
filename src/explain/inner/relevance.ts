import type { Engine } from '../../engine/engine.js';
import { InputError } from '../../errors.js';
import type { Network } from '../../import/network.js';
import { Passes } from '../attributions/passes.js';
import { resolveMethod } from '../methods.js';
import type { ExplainOptions, ExplainRequest } from '../request.js';
import { type InnerValue, innerValue } from './value.js';

/** What methods give any inner value, in its own shape. */
export interface InnerExplainer {
  readonly layer: InnerValue;
  /** By method, in order: the relevance of the value, one a request. */
  explain(requests: readonly ExplainRequest[]): Promise<(readonly Float32Array[])[]>;
  release(): Promise<void>;
}

/**
 * Prepares the relevance (or gradient) of an inner value: of a map, an embedding, a feature vector.
 * @param at name of the layer that computes it
 * @throws InputError for a layer that the network lacks, and methods that are no backward pass
 */
export async function createInnerExplainer(
  engine: Engine,
  network: Network,
  methodIds: readonly string[],
  at: string,
  options: ExplainOptions = {},
): Promise<InnerExplainer> {
  const layer = innerValue(network, at);
  const passes = new Passes(network, options);
  const names = methodIds.map((id) => {
    const method = resolveMethod(id, options.composites);
    const pass = method.steps.length > 0 || method.attribution.layer ? undefined : method.backward(options);
    if (!pass) {
      throw new InputError(
        `method '${id}' gives an inner layer nothing: expected LRP, a composite, gradient, deconvnet or guided-backprop`,
      );
    }
    return passes.backward(pass, layer.value);
  });
  await passes.load(engine);
  return {
    layer,
    async explain(requests) {
      const { maps } = await passes.run(requests);
      return names.map((name) => maps.get(name) ?? []);
    },
    release: () => passes.release(),
  };
}
