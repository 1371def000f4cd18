import { InputError } from '../errors.js';
import { loadModel, resolveModel } from '../experiment/model.js';
import { assignRules } from '../explain/assign.js';
import { resolveMethod } from '../explain/methods.js';
import { layerTable } from '../import/inspect.js';
import type { OptionsOf } from './command.js';
import type { inspectCommand } from './options/inspect.js';
import { print } from './output.js';
import { formatTable } from './table.js';

export async function inspect({
  model,
  prototxt,
  method,
  json,
}: OptionsOf<typeof inspectCommand>): Promise<void> {
  const { rules: rulesFor } = resolveMethod(method);
  if (!rulesFor)
    throw new InputError(`--method: '${method}' has no rules; expected an LRP or gradient method`);
  const { network, name, preprocessing } = await loadModel(await resolveModel(model, prototxt));
  const rules = assignRules(network.graph, rulesFor(preprocessing !== undefined));
  const { layers, ...totals } = layerTable(network);
  const ruleOf = new Map([...rules].map(([node, rule]) => [node.name, rule.name]));
  const rows = layers.map((layer) => ({ ...layer, rule: ruleOf.get(layer.name) ?? '' }));
  if (json) {
    print(
      `${JSON.stringify({ name, inputShape: network.inputShape, classes: network.classes, totals, layers: rows })}\n`,
    );
    return;
  }
  const table = formatTable(
    ['layer', 'operator', 'input', 'output', 'parameters', 'multiply-adds', 'rule'],
    rows.map((row) => [
      row.name,
      row.op,
      row.inputShape.join('×'),
      row.outputShape.join('×'),
      count(row.parameters),
      count(row.multiplyAdds),
      row.rule,
    ]),
    'left',
  );
  print(
    `${table}\n\n${name}: input ${network.inputShape.join(' × ')}, ${network.classes} outputs, ${count(totals.parameters)} parameters, ${count(totals.multiplyAdds)} multiply-adds; rules of ${method}\n`,
  );
}

function count(value: number): string {
  return value === 0 ? '' : value.toLocaleString('en-US');
}
