import { resolve } from 'node:path';
import { checkDataset } from '../datasets/check.js';
import { type DatasetInput, datasetSchema } from '../datasets/config.js';
import { KINDS, type KindName } from '../datasets/kinds.js';
import { InputError } from '../errors.js';
import { loadModel, type Model, resolveModel } from '../experiment/model.js';
import { validate } from '../files/yaml.js';
import { defineCommand } from './command.js';
import { EXIT, Exit } from './exit.js';
import { print } from './output.js';

/** Warnings that are printed in words. */
const LISTED = 10;

const MARKS = { good: '✓', warning: '·', bad: '✗' } as const;

export const doctorCommand = defineCommand({
  command: 'doctor',
  describe: 'Check a data set or a network, and say what is missing',
  builder: (yargs) =>
    yargs
      .option('dataset', { type: 'string', describe: 'folder of a data set' })
      .option('type', {
        choices: Object.keys(KINDS) as KindName[],
        default: 'ilsvrc2012' as KindName,
        describe: 'kind of data set',
      })
      .option('split', { type: 'string', describe: 'voc: list in ImageSets/Main' })
      .option('year', { type: 'number', describe: 'voc: year' })
      .option('labels', { type: 'string', describe: 'class names: ilsvrc2012, voc, or a text file' })
      .option('model', { type: 'string', describe: 'network to load' })
      .option('prototxt', { type: 'string', describe: 'definition that belongs to a .caffemodel' })
      .option('json', { type: 'boolean', default: false, describe: 'print what was found as JSON' }),
  handler: async ({ dataset, type, split, year, labels, model, prototxt, json }) => {
    if (dataset === undefined && model === undefined)
      throw new InputError('nothing to check: expected --dataset DIR or --model FILE');
    const network = model === undefined ? undefined : await loadModel(await resolveModel(model, prototxt));
    const config = {
      type,
      root: resolve(dataset ?? '.'),
      ...(split !== undefined && { split }),
      ...(year !== undefined && { year }),
      ...(labels !== undefined && { labels }),
    };
    const check =
      dataset === undefined
        ? undefined
        : await checkDataset(validate(datasetSchema, config, '--dataset') as DatasetInput);
    print(json ? `${JSON.stringify(facts(network, check))}\n` : inWords(network, check));
    if (check && !check.ok) throw new Exit(EXIT.badInput);
  },
});

type Check = Awaited<ReturnType<typeof checkDataset>>;

function facts(model: Model | undefined, dataset: Check | undefined) {
  if (!model) return { dataset };
  const { inputShape, classes, parameters } = model.network;
  return { network: { name: model.name, inputShape, classes, parameters }, ...(dataset && { dataset }) };
}

function inWords(model: Model | undefined, dataset: Check | undefined): string {
  const lines: string[] = [];
  if (model) {
    const { inputShape, classes, parameters } = model.network;
    lines.push(
      `✓ ${model.name}: input ${inputShape.join(' × ')}, ${classes} outputs, ${parameters} parameters`,
    );
  }
  if (dataset) {
    lines.push(...findingLines(dataset.findings));
    if (!dataset.ok) lines.push('', dataset.expected);
  }
  return `${lines.join('\n')}\n`;
}

/** Every finding in its order; of many warnings, only the first ones. */
function findingLines(findings: Check['findings']): string[] {
  const more = findings.filter(({ state }) => state === 'warning').length - LISTED;
  let warnings = 0;
  return findings.flatMap(({ state, text }) => {
    if (state === 'warning' && ++warnings > LISTED) {
      return warnings === LISTED + 1 ? [`${MARKS.warning} and ${more} more: --json lists them all`] : [];
    }
    return [`${MARKS[state]} ${text}`];
  });
}
