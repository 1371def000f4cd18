import { InputError } from '../errors.js';
import { loadModel, type Model } from '../experiment/model.js';
import { assignRules } from '../explain/assign.js';
import { type Method, resolveMethod } from '../explain/methods.js';
import { refuseUnmatched } from '../explain/unmatched.js';
import { type LayerRow, layerTable } from '../import/inspect.js';
import type { OptionsOf } from './command.js';
import type { inspectCommand } from './options/inspect.js';
import { print } from './output.js';
import { showing } from './progress.js';
import { readSubjects, type Subjects } from './subjects.js';
import { formatTable } from './table.js';

export async function inspect({
  model,
  prototxt,
  method: asked,
  json,
}: OptionsOf<typeof inspectCommand>): Promise<void> {
  const subjects = await readSubjects(model, prototxt);
  const method = methodOf(asked, subjects);
  const names = subjects.networks.map(({ name }) => name).join(', ');
  const models = await showing(`loading ${names}`, () => Promise.all(subjects.networks.map(loadModel)));
  refuseUnmatched(
    [method.id],
    subjects.composites,
    models.map(({ name, network: { graph } }) => ({ name, graph })),
  );
  const inspected = models.map((one) => inspectModel(one, method));
  if (!json) print(inspected.map((one) => `${inWords(one, method)}\n`).join('\n'));
  else if (subjects.base === undefined) print(`${JSON.stringify(inspected[0])}\n`);
  else print(`${JSON.stringify({ method: method.id, networks: inspected })}\n`);
}

const USUAL = 'lrp-alpha2-beta1';

/** The method that is asked for; else the first of the experiment that has rules. */
function methodOf(asked: string | undefined, { methods, composites }: Subjects): Method & WithRules {
  const resolve = (id: string) => resolveMethod(id, composites);
  const method =
    asked === undefined ? (methods.map(resolve).find(hasRules) ?? resolve(USUAL)) : resolve(asked);
  if (hasRules(method)) return method;
  throw new InputError(`--method: '${method.id}' has no rules; expected an LRP or gradient method`);
}

type WithRules = { readonly rules: NonNullable<Method['rules']> };

function hasRules(method: Method): method is Method & WithRules {
  return method.rules !== undefined;
}

/** A network with its layers, and the rule that each of them gets. */
interface Inspected {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly totals: { readonly parameters: number; readonly multiplyAdds: number };
  readonly layers: readonly (LayerRow & { readonly rule: string })[];
}

function inspectModel({ network, name, preprocessing }: Model, { rules: rulesFor }: WithRules): Inspected {
  const rules = assignRules(network.graph, rulesFor(preprocessing !== undefined));
  const ruleOf = new Map([...rules].map(([node, rule]) => [node.name, rule.name]));
  const { layers, ...totals } = layerTable(network);
  const rows = layers.map((layer) => ({ ...layer, rule: ruleOf.get(layer.name) ?? '' }));
  return { name, inputShape: network.inputShape, classes: network.classes, totals, layers: rows };
}

function inWords({ name, inputShape, classes, totals, layers }: Inspected, { id }: Method): string {
  const table = formatTable(
    ['layer', 'operator', 'rule', 'input', 'output', 'parameters', 'multiply-adds'],
    layers.map((row) => [
      row.name,
      row.op,
      row.rule,
      row.inputShape.join('×'),
      row.outputShape.join('×'),
      count(row.parameters),
      count(row.multiplyAdds),
    ]),
    'left',
  );
  return `${table}\n\n${name}: input ${inputShape.join(' × ')}, ${classes} outputs, ${count(totals.parameters)} parameters, ${count(totals.multiplyAdds)} multiply-adds; rules of ${id}`;
}

function count(value: number): string {
  return value === 0 ? '' : value.toLocaleString('en-US');
}
