import { z } from 'zod';
import { type BoxSample, meansOutsideInside } from '../../../metrics/boxes.js';
import { relevancePart } from '../../../metrics/relevance.js';
import type { Family } from '../family.js';
import { defined, type Measures, measuresSchema } from '../measures.js';
import { perturbation } from '../perturbation/index.js';
import { checkGroups, maskOfRows, rowsOfGroups } from './channels.js';
import { GROUPS, type Groups } from './config.js';
import { type Removal, removalSchema, removeGroups } from './removal.js';
import {
  GROUP_METRICS,
  type GroupPart,
  type GroupSections,
  groupFigures,
  groupReport,
  groupTable,
  groupTerminal,
  REMOVAL_METRICS,
  removalNotes,
  removalTable,
} from './tables.js';

const IDS = GROUP_METRICS.map(({ id }) => id);

/**
 * Named groups of channels: does the network look at the motor cortex or at the eyes? Relevance outside against inside a
 * group, as of boxes (Lapuschkin et al., CVPR 2016), and, with `perturbation.groups`, what the network loses without it.
 */
export const groups: Family<'groups', typeof GROUPS.schema, readonly Measures[], GroupPart, GroupSections> = {
  ...GROUPS,
  recordKey: 'groups',
  recorded: z.array(measuresSchema),
  recordedOfImage: { removal: removalSchema.optional() },
  metrics: GROUP_METRICS,
  classes: 'followed',
  describe: (config) => ({
    ...config,
    'relevance of a group': 'positive; all moments of its channels are inside, those of all others outside',
    'removal of a group':
      'all its channels replaced at once by the fill of the perturbation; randomOrders sets of as many others, keyed by (seed, sample, group, draw)',
  }),
  check: (config, networks) => checkGroups(config, networks),

  async measure(explained, config) {
    const { layout } = explained.instruments.network;
    const rows = rowsOfGroups(config, layout);
    const masks = rows.map((group) => maskOfRows(group.rows, layout));
    const how = explained.asked(perturbation);
    return {
      explanations: explained.maps.map(({ values, columns: width }) => {
        const relevance = relevancePart(values, 'positive');
        return masks.map((mask) => groupMeasures({ relevance, mask, width, tolerance: 0 }));
      }),
      ...(how?.groups && { image: { removal: await removeGroups(explained, how, rows) } }),
    };
  },
  read: (ratios, { image }) => ({ ratios, removal: image.removal as Removal | undefined }),

  sections: ['groups', 'removal'],
  summarise: (found) => ({ groups: groupTable(found), removal: removalTable(found) }),
  tables: [
    { file: 'groups.csv', section: 'groups', keys: ['method', 'group', 'images'], metrics: () => IDS },
    {
      file: 'groups-removed.csv',
      section: 'removal',
      keys: ['group', 'channels', 'images'],
      metrics: () => REMOVAL_METRICS.map(({ id }) => id),
    },
  ],
  figures: groupFigures,
  words: ({ config }) => wordsOf(config),
  report: groupReport,
  terminal: groupTerminal,
  notes: removalNotes,
};

function groupMeasures(sample: BoxSample): Measures {
  const means = meansOutsideInside(sample);
  return defined([
    ...GROUP_METRICS.map(({ id, of }) => [id, of(sample)] as const),
    ['mean_outside', means?.outside],
    ['mean_inside', means?.inside],
  ]);
}

function wordsOf(config: Groups): string[] {
  const names = Object.entries(config).map(([name, channels]) => `${name} (${channels.join(', ')})`);
  return [`Groups of channels: ${names.join('; ')}.`];
}
