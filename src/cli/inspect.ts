import { layerTable } from '../import/inspect.js';
import { assignedRules } from '../explain/assign.js';
import { loadModel, resolveModel } from '../run/model.js';
import { defineCommand } from './command.js';
import { formatTable } from './table.js';

export const inspectCommand = defineCommand({
  command: 'inspect <model>',
  describe: 'Print the layers of a network: shapes, parameters, multiply-adds, and the rule each layer gets',
  builder: (yargs) =>
    yargs
      .positional('model', { type: 'string', demandOption: true, describe: '.onnx, .caffemodel, .prototxt or descriptor' })
      .option('prototxt', { type: 'string', describe: 'definition that belongs to a .caffemodel' })
      .option('method', { type: 'string', default: 'lrp-alpha2-beta1', describe: 'whose rules to show' })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async () => {},
});
