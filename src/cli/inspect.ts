import { InputError } from '../errors.js';
import { loadModel, resolveModel } from '../experiment/model.js';
import { assignRules } from '../explain/assign.js';
import { resolveMethod } from '../explain/methods.js';
import { layerTable } from '../import/inspect.js';
import { defineCommand } from './command.js';
import { print } from './output.js';
import { formatTable } from './table.js';

export const inspectCommand = defineCommand({
  command: 'inspect <model>',
  describe: 'Print the layers of a network: shapes, parameters, multiply-adds, and the rule each layer gets',
  builder: (yargs) =>
    yargs
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: '.onnx, .caffemodel, .prototxt, model.json or descriptor',
      })
      .option('prototxt', { type: 'string', describe: 'definition that belongs to a .caffemodel' })
      .option('method', { type: 'string', default: 'lrp-alpha2-beta1', describe: 'whose rules to show' })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async ({ model, prototxt, method, json }) => {
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
  },
});

function count(value: number): string {
  return value === 0 ? '' : value.toLocaleString('en-US');
}
