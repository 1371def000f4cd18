import { InputError } from '../errors.js';
import { assignRules } from '../explain/assign.js';
import { resolveMethod } from '../explain/methods.js';
import type { ExplainOptions } from '../explain/request.js';
import { refuseUnmatched } from '../explain/unmatched.js';
import { type LayerRow, type LayerTable, layerTable } from '../import/inspect.js';
import type { Classifier } from './network.js';

/** A network with its layers, and the rule that each of them gets. */
export interface Inspection {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Which output of the file this is, where it has several and none was asked for. */
  readonly taken?: NonNullable<Classifier['taken']>;
  readonly totals: Pick<LayerTable, 'parameters' | 'multiplyAdds'>;
  readonly layers: readonly (LayerRow & { readonly rule: string })[];
}

/**
 * The layers of a network, in the order they run, with their sizes and costs and the rule that a method gives to each.
 *
 * @param method of LRP or of gradients, or one of `composites`
 * @throws InputError for an unknown method, one without rules, `<method>@<layer>` of a layer that
 *   does not fit, or a line of a composite that fits no layer
 */
export function inspect(
  network: Classifier,
  method = 'lrp-alpha2-beta1',
  { composites }: Pick<ExplainOptions, 'composites'> = {},
): Inspection {
  refuseUnmatched([method], composites, [network]);
  return layersWithRules(network, method, composites);
}

/** The same of one network of several, each of which may lack layers that lines of a composite fit. */
export function layersWithRules(
  network: Classifier,
  method: string,
  composites: ExplainOptions['composites'],
): Inspection {
  const resolved = resolveMethod(method, composites);
  const { rules: rulesFor } = resolved;
  if (!rulesFor) {
    throw new InputError(`method '${method}' has no rules to show: expected LRP, a composite, or a gradient`);
  }
  resolved.layerIn(network);
  const { graph, name, inputShape, classes, taken, preprocessing } = network;
  const rules = assignRules(graph, rulesFor(preprocessing !== undefined));
  const ruleOf = new Map([...rules].map(([node, rule]) => [node.name, rule.name]));
  const { layers, ...totals } = layerTable(network);
  const ruled = layers.map((layer) => ({ ...layer, rule: ruleOf.get(layer.name) ?? '' }));
  return { name, inputShape, classes, ...(taken && { taken }), totals, layers: ruled };
}
