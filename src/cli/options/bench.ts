import { DEFAULT_ENGINE, ENGINE_NAMES } from '../../engine/engines.js';
import { defineCommand, SET } from '../command.js';
import { SAMPLE_NETWORK } from '../sample.js';

export const benchCommand = defineCommand({
  command: 'bench',
  describe: 'Measure what networks cost: passes, explanations, perturbation, workers, memory',
  builder: (yargs) =>
    yargs
      .option('model', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [SAMPLE_NETWORK],
        defaultDescription: 'the embedded sample’s network',
        describe:
          'network: .onnx, .caffemodel (with --prototxt), .prototxt (random weights), model.json, descriptor .yaml',
      })
      .option('prototxt', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'definition of the .caffemodel; of the n-th one when given several times',
      })
      .option('random-weights', { type: 'number', describe: 'draw the weights at random, with this seed' })
      .option('engine', { choices: ENGINE_NAMES, default: DEFAULT_ENGINE, describe: 'what computes' })
      .option('set', {
        ...SET,
        describe: 'what is perturbed, as in perturbation.region=4 or perturbation.steps=50',
      })
      .option('quick', {
        type: 'boolean',
        default: false,
        describe: 'rough numbers in a fraction of the time',
      })
      .option('torch', { type: 'boolean', default: false, describe: 'measure PyTorch beside heatproof' })
      .option('out', { type: 'string', describe: 'folder for bench.json and charts of how cost grows' })
      .option('quiet', { type: 'boolean', default: false, describe: 'do not say what is measured' })
      .option('json', { type: 'boolean', default: false, describe: 'print the numbers as JSON' }),
});
