import { InputError } from '../errors.js';
import type { Network } from '../import/network.js';
import { didYouMean, suggest } from '../suggest.js';
import type { Attribution } from './attributions/attribution.js';
import { backwardPass } from './attributions/backward-pass.js';
import type { Backward } from './compile.js';
import { type Composite, lrp } from './composites.js';
import type { Step } from './heatmap.js';
import type { MethodEntry } from './methods/entry.js';
import { METHODS } from './methods/table.js';
import { isLines, type MethodSettings, type OwnMethods } from './own-methods.js';
import { boundsOf, type ExplainOptions, type Start } from './request.js';
import { NUMBER } from './rules.js';

/** A method of an id: what it is, and what others must know of it. */
export class Method {
  /** What is done with what the attribution computes, in order. */
  readonly steps: readonly Step[];
  /** Whether negative numbers mean evidence against the target. */
  readonly signed: boolean;

  constructor(
    readonly id: string,
    readonly attribution: Attribution,
    { steps = [], signed }: Pick<MethodEntry, 'steps' | 'signed'> = {},
  ) {
    this.steps = steps;
    this.signed = signed ?? (steps.length === 0 || steps.at(-1) === 'times-input');
  }

  /** The rules of its backward pass, by whether the range of the network input is known; absent where it is none. */
  get rules(): ((bounded: boolean) => Composite) | undefined {
    return this.attribution.rules;
  }

  /** The backward pass that its numbers are of; undefined where they are of none. */
  backward(options: Pick<ExplainOptions, 'start' | 'low' | 'high'>): Backward | undefined {
    const { rules, carried } = this.attribution;
    return (
      rules && {
        composite: rules(boundsOf(options) !== undefined),
        start: this.startOf(options.start),
        ...(carried && { carried }),
      }
    );
  }

  /** Whether it hands the target's start down to the input, so that relevance should be conserved: LRP does. */
  get distributes(): boolean {
    return this.attribution.distributes === true && this.steps.length === 0;
  }

  /** The inner layer that it is computed at in a network, where it is. @throws InputError when none fits */
  layerIn(network: Network): string | undefined {
    return this.attribution.layer?.(network).name;
  }

  /** The folder that its heatmaps come from, where they are files: other inputs and networks cannot be explained by it. */
  get folder(): string | undefined {
    return this.attribution.folder;
  }

  /** Whether its heatmaps come from files. */
  get madeElsewhere(): boolean {
    return this.folder !== undefined;
  }

  /** How many other inputs of the data set it wants to draw from: 0 unless it compares with such. */
  get references(): number {
    return this.attribution.references ?? 0;
  }

  /** What it starts with at the target when `asked` is what relevance starts with: derivatives start with 1. */
  startOf(asked: Start = 'logit'): Start {
    return this.attribution.distributes ? asked : 'one';
  }

  /** What defines its numbers, for the record of a run. */
  definition(bounded: boolean, start: Start = 'logit'): Record<string, unknown> {
    return { ...this.attribution.definition(bounded, start), pooling: this.steps };
  }
}

/**
 * The method of an id, with those that the config defines beside the built-in ones.
 * @throws InputError when there is none (with a suggestion), or two, or for parameters that are not allowed
 */
export function resolveMethod(id: string, own: OwnMethods = {}): Method {
  const given = Object.hasOwn(own, id) ? own[id] : undefined;
  const layered = given === undefined ? atLayer(id, own) : undefined;
  if (layered) return layered;
  for (const entry of METHODS) {
    const match = patternOf(entry.form).exec(id);
    if (match && given) {
      const what = isLines(given) ? 'composite' : 'method';
      throw new InputError(`${what} '${id}': expected another name, since a method has this one`);
    }
    if (match) return new Method(id, entry.by(...match.slice(1)), entry);
  }
  if (isLines(given)) {
    const { rules, start, carried } = linesOf(id, own, []);
    return new Method(
      id,
      backwardPass((bounded) => lrp(...rules(bounded)), start, carried),
    );
  }
  if (given) return withSettings(id, given);
  const known = [...METHODS.map(({ form, example = form }) => example), ...Object.keys(own)];
  const family = suggest(id, known) === undefined ? familyOf(id) : [];
  const hint = family.length > 1 ? `: expected one of ${family.join(', ')}` : didYouMean(id, known);
  throw new InputError(`unknown method '${id}'${hint}; 'heatproof methods' lists all methods`);
}

/** Ids with the same first word, as `lrp` has many. */
function familyOf(id: string): string[] {
  const [first] = id.split('-');
  return METHODS.map(({ form }) => form).filter((form) => form.split('-')[0] === first);
}

/** The method of an id `<method>@<layer>`; undefined for other ids, those of folders with an @ included. */
function atLayer(id: string, own: OwnMethods): Method | undefined {
  const [, name = '', layer = ''] = /^([^@:]+)@(.+)$/s.exec(id) ?? [];
  if (name === '') return undefined;
  const method = resolveMethod(name, own);
  const { at } = method.attribution;
  if (!at) {
    throw new InputError(
      `method '${id}': ${name} cannot be computed at an inner layer; expected LRP, a composite, a gradient or a class activation map`,
    );
  }
  return new Method(id, at(layer), method);
}

function withSettings(name: string, { id, ...values }: MethodSettings): Method {
  const entry = METHODS.find(({ form }) => form === id);
  if (!entry?.parameters) throw new InputError(`method '${name}': '${id}' has no parameters`);
  return new Method(name, entry.parameters.by(values, name), entry);
}

/** The ids of a form, with a group for everything that varies. */
function patternOf(form: string): RegExp {
  const literal = form.replaceAll('+', '\\+');
  return new RegExp(`^${literal.replaceAll('<dir>', '(.+)').replaceAll(/<\w>/g, NUMBER)}$`);
}

/** The lines of a composite, and what it starts with: 1 where it uses the lines of a method that does. */
interface Lines {
  readonly rules: (bounded: boolean) => Composite;
  readonly start: 'one' | undefined;
  /** Relevance over activation where it uses the lines of a method that carries that. */
  readonly carried: 'ratio' | undefined;
}

/** The lines of a user's composite, those of the composites that it uses included. */
function linesOf(id: string, own: OwnMethods, above: readonly string[]): Lines {
  if (above.includes(id)) {
    throw new InputError(`composite '${id}' uses itself: ${[...above, id].join(' -> ')}`);
  }
  const lines = Object.hasOwn(own, id) ? own[id] : undefined;
  if (!isLines(lines)) {
    const { rules, attribution } = resolveMethod(id, own);
    if (!rules || attribution.layer)
      throw new InputError(`method '${id}' is no composite that could be used`);
    return { rules, start: attribution.distributes ? undefined : 'one', carried: attribution.carried };
  }
  const parts = lines.map((line): Lines => {
    if ('use' in line) return linesOf(line.use, own, [...above, id]);
    return { rules: () => [line], start: undefined, carried: undefined };
  });
  return {
    rules: (bounded) => parts.flatMap(({ rules }) => rules(bounded)),
    start: parts.find(({ start }) => start !== undefined)?.start,
    carried: parts.find(({ carried }) => carried !== undefined)?.carried,
  };
}

/** All methods: the form of their ids, a line on each, and the paper it is from. */
export function listMethods(): { id: string; line: string; source: string }[] {
  return METHODS.map(({ form, line, source }) => ({ id: form, line, source }));
}
