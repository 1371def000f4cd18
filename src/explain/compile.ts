import { InputError } from '../errors.js';
import { GraphBuilder } from '../graph/builder.js';
import { BATCH, type Graph, logitsName, type Node, nodesBehind, outputOf } from '../graph/graph.js';
import { withoutNames } from '../graph/passes/rename.js';
import { runnable } from '../graph/passes/runnable.js';
import { inputSide } from '../graph/raw-values.js';
import { inferShapes } from '../graph/shapes.js';
import { nonNegativeValues } from '../graph/signs.js';
import { floatTensor, intTensor } from '../graph/tensor.js';
import { arithmetic } from './arithmetic.js';
import { type AssignedRule, assignRules } from './assign.js';
import { type Carried, propagation } from './backward/propagate.js';
import type { Composite } from './composites.js';
import { deadZeros } from './dead-zeros.js';
import { withPreciseFirstLayer } from './precise.js';
import { rectified } from './rectifiers.js';
import type { Start } from './request.js';
import type { Bounds, Observer, Relevance, Scope, Share, Support } from './scope.js';

/** What goes back through a network, wherever it ends. */
export interface Backward {
  readonly composite: Composite;
  readonly start: Start;
  /** What is handed from layer to layer; relevance, unless it says otherwise. */
  readonly carried?: Carried;
}

/** A backward pass, and the values that get relevance of it: each is one map. */
export interface BackwardPass extends Backward {
  readonly ends: readonly End[];
}

/** A value whose relevance is computed. */
export interface End {
  /** Name of the output that its relevance becomes. */
  readonly output: string;
  /** Default: the network's input. */
  readonly at?: string | undefined;
}

export interface CompileOptions {
  /** Replaces the input `target` by `weights` [batch, classes], which start for all classes at once. */
  readonly weights?: boolean;
  /** Range of the network input; only the zB rule needs it. */
  readonly bounds?: Bounds;
  /** Values of the network that become outputs under these names, behind the explanations'. */
  readonly values?: ReadonlyMap<string, string>;
  /** Watches the backward graph; outputs of its own come behind the explanations'. */
  readonly observe?: (builder: GraphBuilder) => Observer & { outputs(): string[] };
}

/**
 * Compiles explanations: the forward graph and, behind it, the backward graphs that the composites' rules write.
 * Inputs `input` and `target` (int64 [batch]; or `weights`, float32 [batch, classes]); outputs the forward graph's
 * (`logits` [batch, classes]) and one map in the shape of the input (or of the inner value that it is computed at) for
 * each end of a pass. Relevance starts at the logits as onehot(target) (or the weights) times the logits, or times 1; a
 * value that several nodes read gets the sum of what they hand back.
 * @throws InputError when an operator has no rule, or cannot take the one it gets.
 */
export function compileExplanation(
  network: Graph,
  passes: readonly BackwardPass[],
  options: CompileOptions = {},
): Graph {
  const { values = new Map<string, string>() } = options;
  const ends = passes.flatMap((pass) => pass.ends);
  const outputs = [...ends.map(({ output }) => output), ...values.keys()];
  const forward = withoutNames(network, new Set(['target', 'weights', ...outputs]));
  const builder = new GraphBuilder(`${forward.name}/explanation`, runnable(withPreciseFirstLayer(forward)));
  for (const output of outputs) builder.unique(output);
  const observer = options.observe?.(builder);
  const scope: Scope = {
    builder,
    calc: arithmetic(builder),
    graph: forward,
    shapes: inferShapes(forward),
    nonNegative: nonNegativeValues(forward),
    bounds: options.bounds,
    deadZeros: new Set(),
    rectified: new Map(),
    split: new Map(),
    derived: new Map(),
    sums: new Map(),
    observer,
  };
  // A value of the network may have another name by now.
  const named = (value: string) => {
    const index = network.nodes.findIndex((node) => outputOf(node) === value);
    return index < 0 ? inputOfNetwork(forward) : outputOf(forward.nodes[index] as Node);
  };
  const output = (name: string, value: string) =>
    builder.append({ op: 'Identity', name, inputs: [value], outputs: [name], attributes: {} });
  const chosen = chosenClasses(scope, options.weights ?? false);
  for (const { composite, start, carried = 'relevance', ends } of passes) {
    const lying = startOf(scope, chosen, start, carried);
    const values = ends.map(({ at = '' }) => named(at));
    const relevance = appendBackward(scope, composite, lying, values, carried);
    for (const [i, { output: name }] of ends.entries()) output(name, relevance[i] as string);
  }
  for (const [name, value] of values) output(name, named(value));
  return builder.build([logitsName(forward), ...outputs, ...(observer?.outputs() ?? [])]);
}

/** Writes the backward graph and returns the relevance of the values `ends`. */
function appendBackward(
  shared: Scope,
  composite: Composite,
  start: Relevance,
  ends: readonly string[],
  carried: Carried,
): string[] {
  const { graph } = shared;
  const rules = rectified(graph, assignRules(graph, composite));
  const behind = nodesBehind(graph, ends);
  const scope = { ...shared, deadZeros: deadZeros(behind, graph, rules, ends) };
  const currency = currencyOf(scope, carried);
  scope.observer?.start(currency.asRelevance(logitsName(graph), start));
  const shares = new Map<string, Relevance[]>([[logitsName(graph), [start]]]);
  for (const node of behind.toReversed()) {
    const received = shares.get(outputOf(node));
    if (!received) continue;
    const relevance = total(scope, outputOf(node), received);
    for (const share of propagate(scope, node, relevance, rules, currency)) {
      shares.set(share.input, [...(shares.get(share.input) ?? []), share]);
    }
  }
  return ends.map((end) => {
    const received = shares.get(end);
    if (received) return currency.atEnd(end, total(scope, end, received));
    const what = end === inputOfNetwork(graph) ? 'its input' : `'${end}'`;
    throw new InputError(`network '${graph.name}': its logits do not depend on ${what}`);
  });
}

function propagate(
  scope: Scope,
  node: Node,
  relevance: Relevance,
  rules: ReadonlyMap<Node, AssignedRule>,
  { of, asRelevance }: Currency,
): Share[] {
  const { name, rule } = rules.get(node) as AssignedRule;
  const found = propagation(node, rule, name, of(outputOf(node)))(scope, node, relevance, rule);
  // Where ratios reach what is only moved or prepared input, they become relevance.
  const changes = (input: string) => of(input) !== of(outputOf(node));
  const shares = found.map((share) =>
    changes(share.input) ? { ...share, map: scope.calc.mul(share.map, share.input) } : share,
  );
  const handed = shares.map((share) => ({ ...share, ...asRelevance(share.input, share) }));
  scope.observer?.node(node, name, asRelevance(outputOf(node), relevance), handed);
  return shares;
}

/** What is carried at each value of a pass, and relevance made of it. */
interface Currency {
  of(value: string): Carried;
  asRelevance(value: string, carried: Relevance): Relevance;
  /** The relevance of the value that the pass ends at. */
  atEnd(value: string, carried: Relevance): string;
}

/** Ratios are carried down to the first operators that do more than prepare the input: what prepares it takes relevance. */
function currencyOf({ graph, calc, observer }: Scope, carried: Carried): Currency {
  if (carried === 'relevance') {
    return {
      of: () => 'relevance',
      asRelevance: (_, relevance) => relevance,
      atEnd: (_, relevance) => relevance.map,
    };
  }
  const input = inputSide(graph);
  const of = (value: string) => (input.has(value) ? 'relevance' : 'ratio');
  return {
    of,
    asRelevance: (value, relevance) =>
      of(value) === 'relevance' || !observer
        ? relevance
        : { map: calc.mul(relevance.map, value), support: relevance.support },
    atEnd: (value, { map }) => (of(value) === 'relevance' ? map : calc.mul(map, value)),
  };
}

/** The sum of what a value's readers hand back. */
function total({ builder, nonNegative }: Scope, value: string, parts: readonly Relevance[]): Relevance {
  const map = builder.sum(
    parts.map((part) => part.map),
    `${value}/relevance`,
  );
  const order: Support[] = ['positive', 'nonzero', 'anywhere'];
  const widest = Math.max(...parts.map(({ support }) => order.indexOf(support)));
  const support = order[widest] as Support;
  return { map, support: support === 'nonzero' && nonNegative.has(value) ? 'positive' : support };
}

/** [batch, classes]: how much each logit counts. */
function chosenClasses({ builder, graph, shapes }: Scope, weights: boolean): string {
  const classes = shapes.get(logitsName(graph))?.[1] as number;
  if (weights) return builder.input({ name: 'weights', type: 'float32', shape: [BATCH, classes] });
  return builder.add('OneHot', [
    builder.input({ name: 'target', type: 'int64', shape: [BATCH] }),
    builder.constant(intTensor([], [classes]), 'classes'),
    builder.constant(floatTensor([2], [0, 1]), 'off-on'),
  ]);
}

function startOf({ calc, graph }: Scope, chosen: string, start: Start, carried: Carried): Relevance {
  if (carried === 'ratio') {
    return { map: start === 'one' ? calc.div(chosen, logitsName(graph)) : chosen, support: 'anywhere' };
  }
  return start === 'one'
    ? { map: chosen, support: 'anywhere' }
    : { map: calc.mul(chosen, logitsName(graph)), support: 'nonzero' };
}

function inputOfNetwork(graph: Graph): string {
  return graph.inputs[0]?.name as string;
}
