import { InputError, messageOf, mismatch } from '../../errors.js';
import { parseJson } from '../../files/json-document.js';

/** What texts are cut into. */
export interface Tokenizer {
  /** Tokens with those that frame a text, and their ids. */
  encode(text: string): { readonly tokens: readonly string[]; readonly ids: readonly number[] };
  idOf(token: string): number | undefined;
  /** Tokens that are no words. */
  readonly special: ReadonlySet<string>;
}

const PACKAGE = '@huggingface/tokenizers';

/**
 * The tokenizer that a tokenizer.json defines.
 * @param json its text
 * @throws InputError where the package is not installed, or it is no such file
 */
export async function loadTokenizer(json: string): Promise<Tokenizer> {
  const { Tokenizer } = await import('@huggingface/tokenizers').catch((error: unknown) => {
    throw new InputError(
      `words.tokenizer: expected the package ${PACKAGE} to load, got ${messageOf(error).slice(0, 200)}; npm install ${PACKAGE}`,
    );
  });
  const content = parseJson(json, 'tokenizer', 'words.tokenizer');
  try {
    const read = new Tokenizer(content as object, {});
    const added = [...read.get_added_tokens_decoder().values()];
    return {
      encode: (text) => read.encode(text),
      idOf: (token) => read.token_to_id(token),
      special: new Set(added.filter(({ special, content }) => special && !UNKNOWN.includes(content)).map(({ content }) => content)), // biome-ignore format: one line
    };
  } catch (error) {
    throw mismatch({
      what: 'tokenizer',
      where: 'words.tokenizer',
      expected: 'a tokenizer.json',
      got: messageOf(error).slice(0, 200),
    });
  }
}

/** How vocabularies spell what fills up a text, and what stands for words that they do not have. */
export const PADDING: readonly string[] = ['<pad>', '[PAD]', '<PAD>'];
export const UNKNOWN: readonly string[] = ['<unk>', '[UNK]', '<UNK>'];
