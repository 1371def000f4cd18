import { DEFAULT_ENGINE, ENGINE_NAMES } from '../../engine/engines.js';
import { defineCommand } from '../command.js';

export const explainCommand = defineCommand({
  command: 'explain [images..]',
  describe:
    'Explain images, arrays or texts: relevance as .npy, its facts as .json, pictures as .png, words in colour',
  builder: (yargs) =>
    yargs
      .positional('images', {
        type: 'string',
        array: true,
        describe: 'images; documents, a line of JSON each (.jsonl)',
      })
      .option('model', {
        type: 'string',
        describe:
          'network: .onnx, .caffemodel (with --prototxt), model.json, or a descriptor .yaml; its name, where --config has several',
      })
      .option('prototxt', { type: 'string', describe: 'definition that belongs to a .caffemodel' })
      .option('config', {
        type: 'string',
        describe: 'experiment whose network, methods and composites are used',
      })
      .option('image', {
        type: 'string',
        array: true,
        describe: 'images, preprocessed as the descriptor says',
      })
      .option('input', {
        type: 'string',
        array: true,
        describe: '.npy arrays that are the network input itself',
      })
      .option('references', {
        type: 'string',
        array: true,
        describe: 'images or arrays that the baseline expected is drawn from',
      })
      .option('method', {
        type: 'string',
        describe: 'method ids, separated by commas; see methods [default: those of --config]',
      })
      .option('target', {
        type: 'string',
        default: 'predicted',
        describe: 'class index or label, or predicted',
      })
      .option('start', {
        choices: ['logit', 'one'] as const,
        describe: 'relevance at the target: its logit (default for LRP), or 1',
      })
      .option('low', {
        type: 'string',
        describe: 'lowest network input, one number or one a channel (zB rule)',
      })
      .option('high', {
        type: 'string',
        describe: 'highest network input, one number or one a channel (zB rule)',
      })
      .option('at', {
        type: 'string',
        describe:
          'an inner layer, whose relevance is given in its own shape; <method>@<layer> draws it over the input',
      })
      .option('engine', { choices: ENGINE_NAMES, default: DEFAULT_ENGINE, describe: 'what computes' })
      .option('out', { type: 'string', default: '.', describe: 'folder for the results' })
      .option('overlay', {
        type: 'boolean',
        default: false,
        describe: 'pictures: show the image in grey behind its heatmaps',
      })
      .option('scale', {
        choices: ['each', 'common'] as const,
        default: 'each' as const,
        describe: 'picture of several methods: colours end for each heatmap on its own, or alike for all',
      })
      .option('check', {
        type: 'boolean',
        default: false,
        describe: 'print what happened to relevance at every layer',
      })
      .option('export', {
        type: 'string',
        describe: 'save the compiled explanation as an ONNX model (one method)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print the facts as JSON' }),
});
