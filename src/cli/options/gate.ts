import { defineCommand, SET, STRICT } from '../command.js';

export const gateCommand = defineCommand({
  command: 'gate <run-dir>',
  describe: 'Compare a run with a baseline; exit code 1 when quality dropped',
  builder: (yargs) =>
    yargs
      .positional('run-dir', { type: 'string', demandOption: true, describe: 'results directory of a run' })
      .option('baseline', {
        type: 'string',
        default: 'results/baseline.json',
        describe: 'file to compare with',
      })
      .option('set', {
        ...SET,
        describe: 'value in place of the run’s, as in gate.tolerance=0.1 or statistics.level=0.99',
      })
      .option('same-network', {
        type: 'boolean',
        default: false,
        describe: 'fail where the network is not that of the baseline',
      })
      .option('update', { type: 'boolean', default: false, describe: 'write the run as the new baseline' })
      .option('junit', { type: 'string', describe: 'write JUnit XML to this file' })
      .option('markdown', { type: 'string', describe: 'write Markdown to this file' })
      .option('strict', STRICT)
      .option('json', { type: 'boolean', default: false, describe: 'print the report as JSON' }),
});
