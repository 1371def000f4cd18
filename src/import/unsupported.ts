import { InputError } from '../errors.js';

/** Thrown where an operator, or the way it is used, has no canonical form. Collected, then reported all at once. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

/** What a network uses that heatproof does not know. */
export class UnsupportedList {
  readonly #byReason = new Map<string, string[]>();

  /** Notes an operator (with the reason when only its use is unsupported) and the node where it stands. */
  add(operator: string, node: string, reason = ''): void {
    const key = reason ? `${operator} (${reason})` : operator;
    const nodes = this.#byReason.get(key);
    if (nodes) nodes.push(node);
    else this.#byReason.set(key, [node]);
  }

  /** @throws InputError with all operators and their nodes in one line, when there are any. */
  report(): void {
    if (this.#byReason.size === 0) return;
    const lines = [...this.#byReason].map(([what, nodes]) => `${what} at ${someOf(nodes)}`);
    throw new InputError(`unsupported operators: ${lines.join('; ')}`);
  }
}

const SHOWN = 10;

/** The first of the names, and how many more there are. */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `'${name}'`);
  return `${shown.join(', ')}${names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''}`;
}
