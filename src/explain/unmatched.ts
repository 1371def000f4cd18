import { mismatch } from '../errors.js';
import { type Graph, layersOf } from '../graph/graph.js';
import { isLinear } from '../graph/operators/table.js';
import { didYouMean } from '../suggest.js';
import { matcherOf } from './assign.js';
import type { Line, UserLines } from './composites.js';
import { isLines, type OwnMethods } from './own-methods.js';

/** A network, as users call it. */
export interface NamedGraph {
  readonly name: string;
  readonly graph: Graph;
}

/**
 * Refuses lines that do nothing: those of the composites among these methods, and of the composites that these use, which fit
 * no layer of any of the networks.
 * @throws InputError that says which line, and what comes near
 */
export function refuseUnmatched(
  methods: readonly string[],
  own: OwnMethods = {},
  networks: readonly NamedGraph[],
): void {
  for (const id of withUsed(methods, own)) {
    for (const [i, line] of linesOf(id, own).entries()) {
      if ('use' in line || networks.some((network) => fitsSome(network, line.match))) continue;
      throw mismatch({
        what: `line ${i + 1} of composite '${id}'`,
        where: inWords(line.match),
        expected: `a layer of ${networks.map(({ name }) => name).join(' or ')} that fits`,
        got: `none${hint(line.match, networks)}; heatproof inspect lists them`,
      });
    }
  }
}

/** Ids of methods, without the layers that they stop at, and of the composites whose lines they use. */
function withUsed(methods: readonly string[], own: OwnMethods): Set<string> {
  const found = new Set(methods.map((id) => id.replace(/@.*/s, '')));
  for (const id of found) for (const line of linesOf(id, own)) if ('use' in line) found.add(line.use);
  return found;
}

function linesOf(id: string, own: OwnMethods): UserLines {
  const given = Object.hasOwn(own, id) ? own[id] : undefined;
  return isLines(given) ? given : [];
}

function fitsSome({ graph }: NamedGraph, match: Line['match']): boolean {
  const fits = matcherOf(graph);
  return layersOf(graph.nodes).some((node) => fits(node, match));
}

function inWords(match: Line['match']): string {
  return Object.entries(match)
    .map(([key, value]) => `${key} ${[value].flat().join(', ')}`)
    .join('; ');
}

/** The first condition that no layer meets by itself, and what comes near. */
function hint({ op, name, position }: Line['match'], networks: readonly NamedGraph[]): string {
  const layers = networks.flatMap(({ graph }) => layersOf(graph.nodes));
  const operators = new Set(layers.map((layer) => layer.op));
  const names = layers.map((layer) => layer.name);
  const asked = [op ?? []].flat();
  if (op !== undefined && !asked.some((one) => operators.has(one)))
    return `: their operators are ${[...operators].join(' ')}`;
  if (name !== undefined && !networks.some((network) => fitsSome(network, { name })))
    return `: no layer has such a name${didYouMean(name, names)}`;
  if (position !== undefined && !networks.some((network) => fitsSome(network, { position })))
    return `: convolutions and dense layers end with ${Math.max(...networks.map(countLinear)) - 1}, counted from 0`;
  return '';
}

function countLinear({ graph }: NamedGraph): number {
  return graph.nodes.filter(isLinear).length;
}
