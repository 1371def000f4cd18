import { z } from 'zod';
import { mismatch } from '../errors.js';
import { wordUnits } from './document.js';
import type { UnitKind } from './kind.js';

const WORD = 'word';

/** The words of a document. */
export const words: UnitKind<typeof WORD> = {
  schema: z.literal(WORD),
  meaning: 'word: those of a document (type: text), all subwords of a word together',
  of: () => ({
    ofImage: true,
    units(layout, { id, document } = { id: 'input' }) {
      if (document) return wordUnits(layout, document);
      throw mismatch({
        what: 'region word',
        where: id,
        expected: 'a document (type: text)',
        got: `an input of shape [${layout.shape}]`,
      });
    },
    record: () => ({
      remainder:
        'padding and special tokens never perturbed; a text of fewer words stays as it is without them',
    }),
    words: () => 'Words',
    plural: () => 'words',
  }),
};
