import { resolve } from 'node:path';
import { checkDataset } from '../datasets/check.js';
import { type DatasetInput, datasetSchema } from '../datasets/config.js';
import { InputError } from '../errors.js';
import { loadModel, resolveModel } from '../run/model.js';
import { validate } from '../run/yaml.js';
import { defineCommand } from './command.js';
import { EXIT, Exit } from './exit.js';

const MARKS = { good: '✓', warning: '·', bad: '✗' } as const;

export const doctorCommand = defineCommand({
  command: 'doctor',
  describe: 'Check a data set or a network, and say what is missing',
  builder: (yargs) =>
    yargs
      .option('dataset', { type: 'string', describe: 'folder of a data set' })
      .option('type', {
        choices: ['ilsvrc2012', 'voc', 'folder', 'tensors'] as const,
        default: 'ilsvrc2012',
        describe: 'kind of data set',
      })
      .option('split', { type: 'string', describe: 'voc: list in ImageSets/Main' })
      .option('year', { type: 'number', describe: 'voc: year' })
      .option('model', { type: 'string', describe: 'network to load' })
      .option('prototxt', { type: 'string', describe: 'definition that belongs to a .caffemodel' }),
  handler: async ({ dataset, type, split, year, model, prototxt }) => {
    if (dataset === undefined && model === undefined)
      throw new InputError('nothing to check: expected --dataset DIR or --model FILE');
    if (model !== undefined) {
      const { network, name } = await loadModel(await resolveModel(model, prototxt));
      process.stdout.write(
        `✓ ${name}: input ${network.inputShape.join(' × ')}, ${network.classes} outputs, ${network.parameters} parameters\n`,
      );
    }
    if (dataset === undefined) return;
    const config = {
      type,
      root: resolve(dataset),
      ...(split !== undefined && { split }),
      ...(year !== undefined && { year }),
    };
    const { ok, findings, expected } = await checkDataset(
      validate(datasetSchema, config, '--dataset') as DatasetInput,
    );
    for (const { state, text } of findings) process.stdout.write(`${MARKS[state]} ${text}\n`);
    if (ok) return;
    process.stdout.write(`\n${expected}\n`);
    throw new Exit(EXIT.badInput);
  },
});
