import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseDocument,
} from 'yaml';
import { InputError, messageOf, mismatch } from '../errors.js';
import { checkLimit } from './limits.js';

/** How many values aliases may stand for: a few lines of them can mean billions. */
const MOST_ALIASES = 100;

/**
 * The value of a YAML (or JSON) document, which may be hostile: keys that stand there twice, aliases without an anchor,
 * in a circle or for too much, and deep nesting are refused.
 * @param what the kind of file, in messages; `where` names the file
 * @throws InputError in one line
 */
export function parseYaml(text: string, what: string, where: string): unknown {
  const refused = (got: string) => mismatch({ what, where, expected: 'YAML', got });
  try {
    // What the library does with every key and every error takes longer the more there are: it is done below.
    const lineCounter = new LineCounter();
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, lineCounter });
    const [problem] = document.errors;
    if (problem) throw refused(`${reworded(problem)} ${placeOf(text, problem.pos[0], lineCounter)}`);
    new Inspection(refused, where).inspect(document);
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw refused(reworded(error));
  }
}

/** What the library says, which may quote all of a file that is no text. */
function reworded(error: unknown): string {
  const message = messageOf(error).replace('Maximum call stack size exceeded', 'too deep a nesting');
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message;
}

const LONGEST_MESSAGE = 200;

/** The place of an error, with what stands there. */
function placeOf(text: string, position: number, lines: LineCounter): string {
  const { line, col } = lines.linePos(Math.max(0, position));
  const start = position - Math.min(col - 1, SHOWN);
  const [excerpt = ''] = text.slice(start, position + SHOWN).split('\n');
  return `at line ${line}, column ${col}: ${excerpt.trim()}`;
}

/** Characters before and behind the place of an error. */
const SHOWN = 40;

class Inspection {
  readonly #refused: (got: string) => InputError;
  readonly #where: string;
  readonly #anchors = new Set<string>();
  /** Anchors of the collections that the node in hand lies in. */
  readonly #around = new Set<string>();

  constructor(refused: (got: string) => InputError, where: string) {
    this.#refused = refused;
    this.#where = where;
  }

  inspect(document: Document.Parsed): void {
    this.#node(document.contents, 1);
  }

  #node(node: ParsedNode | null, depth: number): void {
    checkLimit('valueDepth', depth, this.#where);
    if (isAlias(node)) {
      if (this.#around.has(node.source)) throw this.#refused(`an alias *${node.source} of what it stands in`);
      if (!this.#anchors.has(node.source))
        throw this.#refused(
          `an alias *${node.source} without an anchor (a text that begins with * needs quotes)`,
        );
      return;
    }
    const anchor = node?.anchor;
    if (anchor !== undefined) this.#anchors.add(anchor);
    if (!isCollection(node)) return;
    if (anchor !== undefined) this.#around.add(anchor);
    const keys = new Set<unknown>();
    for (const item of node.items) {
      if (!isMap(node)) this.#node(item as ParsedNode, depth + 1);
      else {
        const { key, value } = item as { key: ParsedNode | null; value: ParsedNode | null };
        const name = isScalar(key) ? key.value : key;
        if (keys.has(name)) throw this.#refused(`the key ${JSON.stringify(name)} twice`);
        keys.add(name);
        this.#node(key, depth + 1);
        this.#node(value, depth + 1);
      }
    }
    if (anchor !== undefined) this.#around.delete(anchor);
  }
}
