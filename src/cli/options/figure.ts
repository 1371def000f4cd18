import { defineCommand } from '../command.js';

export const figureCommand = defineCommand({
  command: 'figure <run-dir> [figures..]',
  describe: 'Draw charts of a finished run for a paper, as PDF, SVG or PNG',
  builder: (yargs) =>
    yargs
      .positional('run-dir', { type: 'string', demandOption: true, describe: 'results directory' })
      .positional('figures', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'which, as in plots/ without ending [default: all]',
      })
      .option('format', { type: 'string', default: 'pdf', describe: 'pdf, svg, png, separated by commas' })
      .option('methods', { type: 'string', describe: 'methods, separated by commas [default: all]' })
      .option('width', { type: 'string', default: '8.8cm', describe: 'width in print, in cm, mm, in or pt' })
      .option('title', { type: 'boolean', default: true, describe: 'a title above' })
      .option('bands', { type: 'boolean', default: true, describe: 'intervals of curves as bands' })
      .option('out', { type: 'string', default: '.', describe: 'folder for the files' }),
});
