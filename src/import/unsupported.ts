import { InputError } from '../errors.js';

/** Thrown where an operator, or the way it is used, has no canonical form. Collected, then reported all at once. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

/** What a network uses that heatproof does not know, operator by operator. */
export class UnsupportedList {
  /** By operator and reason: the nodes. */
  readonly #operators = new Map<string, Map<string, string[]>>();

  /** Notes an operator (with the reason when only its use is unsupported) and the node where it stands. */
  add(operator: string, node: string, reason = ''): void {
    const reasons = this.#operators.get(operator) ?? new Map<string, string[]>();
    this.#operators.set(operator, reasons);
    const nodes = reasons.get(reason);
    if (nodes) nodes.push(node);
    else reasons.set(reason, [node]);
  }

  /** What `work` makes of a node; where it is unsupported it is noted, and undefined. */
  attempt<T>(operator: string, node: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.add(operator, node, error.message);
      return undefined;
    }
  }

  /** @throws InputError with all operators and their nodes in one line, when there are any. */
  report(): void {
    if (this.#operators.size === 0) return;
    const lines = [...this.#operators].flatMap(([operator, reasons]) => linesOf(operator, reasons));
    throw new InputError(`unsupported operators: ${lines.join('; ')}`);
  }
}

/** Reasons may name sizes, and so be as many as there are nodes: of an operator only so many are shown. */
const REASONS = 3;

function linesOf(operator: string, reasons: ReadonlyMap<string, readonly string[]>): string[] {
  const lines = [...reasons].map(
    ([reason, nodes]) => `${operator}${reason && ` (${reason})`} at ${someOf(nodes)}`,
  );
  const rest = lines.length - REASONS;
  return rest > 0 ? [...lines.slice(0, REASONS), `${operator} in ${rest} more ways`] : lines;
}

const SHOWN = 10;

/** The first of the names, and how many more there are. */
function someOf(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `'${name}'`);
  return `${shown.join(', ')}${names.length > SHOWN ? ` and ${names.length - SHOWN} more` : ''}`;
}
