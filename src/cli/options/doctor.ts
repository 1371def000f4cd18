import type { KindName } from '../../datasets/kinds.js';
import { defineCommand } from '../command.js';

export const doctorCommand = defineCommand({
  command: 'doctor',
  describe: 'Check a data set, a network or the engines, and say what is missing',
  builder: async (yargs) => {
    const { KINDS } = await import('../../datasets/kinds.js');
    return yargs
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
      .option('engines', {
        type: 'boolean',
        default: false,
        describe: 'compare the engines on the network (the embedded sample’s by default)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print what was found as JSON' });
  },
});
