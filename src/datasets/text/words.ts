import { z } from 'zod';
import { mismatch } from '../../errors.js';
import { checkLimit } from '../../files/limits.js';
import { readNpy } from '../../files/npy.js';
import { readUserText } from '../../files/user-file.js';

/** How a document becomes the input of a network: a part of its descriptor. */
export const wordsSchema = z.strictObject({
  vocabulary: z
    .string()
    .optional()
    .describe('text file with one word a line, its id from 0; documents with ids need none'),
  tokenizer: z
    .string()
    .optional()
    .describe('tokenizer.json, for documents that are raw text; needs the package @huggingface/tokenizers'),
  bag: z
    .enum(['counts', 'tf-idf', 'tf-idf-l2'])
    .optional()
    .describe(
      'the network reads a number a word of the vocabulary: how often it stands in the document; times idf; that divided by its l2 norm',
    ),
  idf: z.string().optional().describe('.npy file with a weight a word of the vocabulary, for tf-idf'),
});
export type WordsConfig = z.output<typeof wordsSchema>;

/** Keys of it that name files. */
export const WORD_FILES = [
  'vocabulary',
  'tokenizer',
  'idf',
] as const satisfies readonly (keyof WordsConfig)[];

/** The same with its files read. Plain data. */
export interface Words {
  readonly vocabulary?: readonly string[];
  /** Text of a tokenizer.json. */
  readonly tokenizer?: string;
  readonly bag?: WordsConfig['bag'];
  readonly idf?: Float32Array;
}

/** Reads the files of a descriptor's `words`. @throws InputError when one is missing, broken, or does not fit the others */
export function loadWords({ vocabulary, tokenizer, bag, idf }: WordsConfig): Words {
  const words = vocabulary === undefined ? undefined : readVocabulary(vocabulary);
  if (bag && bag !== 'counts' && idf === undefined) {
    throw mismatch({ what: 'words', where: 'network descriptor', expected: `idf for ${bag}`, got: 'none' });
  }
  return {
    ...(words && { vocabulary: words }),
    ...(tokenizer !== undefined && { tokenizer: readUserText(tokenizer, 'tokenizer') }),
    ...(bag && { bag }),
    ...(idf !== undefined && { idf: readIdf(idf) }),
  };
}

/** Words by id. */
function readVocabulary(path: string): string[] {
  const words = readUserText(path, 'list')
    .replace(/^\ufeff/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  checkLimit('vocabulary', words.length, path);
  const known = new Map<string, number>();
  for (const [i, word] of words.entries()) {
    const other = known.get(word);
    if (word === '' || other !== undefined) {
      throw mismatch({
        what: 'vocabulary',
        where: `${path}, line ${i + 1}`,
        expected: 'a word of its own',
        got: other === undefined ? 'an empty line' : `'${word}', as in line ${other + 1}`,
      });
    }
    known.set(word, i);
  }
  return words;
}

function readIdf(path: string): Float32Array {
  const { data } = readNpy(path);
  const bad = data.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (bad < 0) return data;
  throw mismatch({
    what: 'idf',
    where: path,
    expected: 'finite numbers from 0',
    got: `${data[bad]} at element ${bad}`,
  });
}
