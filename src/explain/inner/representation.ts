import type { Engine } from '../../engine/engine.js';
import type { Network } from '../../import/network.js';
import { LOGITS, Passes } from '../attributions/passes.js';
import type { ExplainOptions, ExplainRequest } from '../request.js';
import { representationOf } from './value.js';

/** What a network makes of inputs. */
export interface Representer {
  /** One a request: its logits, and what an inner layer computes (undefined where there is none, see {@link representationOf}). */
  represent(
    requests: readonly ExplainRequest[],
  ): Promise<{ readonly logits: Float32Array; readonly representation: Float32Array | undefined }[]>;
  release(): Promise<void>;
}

/** Loads a pass that gives the inner representation of inputs beside their logits. */
export async function createRepresenter(
  engine: Engine,
  network: Network,
  options: ExplainOptions,
): Promise<Representer> {
  const layer = representationOf(network);
  const passes = new Passes(network, options);
  const name = layer && passes.value(layer.value);
  await passes.load(engine);
  return {
    async represent(requests) {
      const { maps } = await passes.run(requests);
      const found = name === undefined ? undefined : maps.get(name);
      return requests.map((_, r) => ({
        logits: maps.get(LOGITS)?.[r] as Float32Array,
        representation: found?.[r],
      }));
    },
    release: () => passes.release(),
  };
}
