import { SOURCES } from '../../fetch/sources.js';
import { defineCommand } from '../command.js';

export const fetchCommand = defineCommand({
  command: 'fetch [name]',
  describe: 'Download a network or data set from its official location',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', describe: `what to get: ${Object.keys(SOURCES).join(', ')}` })
      .option('out', {
        type: 'string',
        describe: 'folder to put it in; default: $HEATPROOF_MODELS or models, $VOC_ROOT or data/VOCdevkit',
      })
      .option('list', {
        type: 'boolean',
        default: false,
        describe: 'say what there is, with size and licence',
      })
      .option('json', { type: 'boolean', default: false, describe: 'with --list: print JSON' })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress' }),
});
