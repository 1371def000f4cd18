import { defineCommand } from '../command.js';

export const inspectCommand = defineCommand({
  command: 'inspect <model>',
  describe: 'Print the layers of a network: shapes, parameters, multiply-adds, and the rule each layer gets',
  builder: (yargs) =>
    yargs
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: '.onnx, .caffemodel, .prototxt, model.json, descriptor or experiment',
      })
      .option('prototxt', { type: 'string', describe: 'definition that belongs to a .caffemodel' })
      .option('method', {
        type: 'string',
        describe:
          'whose rules to show, composites of the experiment among them [default: its first method with rules, or lrp-alpha2-beta1]',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
});
