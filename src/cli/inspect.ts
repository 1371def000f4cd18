import { loadModel } from '../experiment/model.js';
import { resolveMethod } from '../explain/methods.js';
import { refuseUnmatched } from '../explain/unmatched.js';
import { type Inspection, layersWithRules } from '../library/inspect.js';
import { classifierOf } from '../library/network.js';
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
    [method],
    subjects.composites,
    models.map(({ name, network: { graph } }) => ({ name, graph })),
  );
  const inspected = models.map((one) => layersWithRules(classifierOf(one), method, subjects.composites));
  if (!json) print(inspected.map((one) => `${inWords(one, method)}\n`).join('\n'));
  else if (subjects.base === undefined) print(`${JSON.stringify(inspected[0])}\n`);
  else print(`${JSON.stringify({ method, networks: inspected })}\n`);
}

const USUAL = 'lrp-alpha2-beta1';

/** The method that is asked for; else the first of the experiment that has rules. @throws InputError for an unknown one */
function methodOf(asked: string | undefined, { methods, composites }: Subjects): string {
  const hasRules = (id: string) => resolveMethod(id, composites).rules !== undefined;
  if (asked !== undefined) resolveMethod(asked, composites);
  return asked ?? methods.find(hasRules) ?? USUAL;
}

function inWords({ name, inputShape, classes, taken, totals, layers }: Inspection, method: string): string {
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
  return `${table}\n\n${name}: input ${inputShape.join(' × ')}, ${classes} outputs${whichOf(taken)}, ${count(totals.parameters)} parameters, ${count(totals.multiplyAdds)} multiply-adds; rules of ${method}`;
}

/** Which output of the file this is, where it has several. */
function whichOf(taken: Inspection['taken']): string {
  return taken
    ? ` ('${taken.output}' of the file's ${taken.of.map((output) => `'${output}'`).join(', ')})`
    : '';
}

function count(value: number): string {
  return value === 0 ? '' : value.toLocaleString('en-US');
}
