import { consumersOf, type Graph, inputOf, intsOf, type Node, outputOf } from '../graph.js';
import { isLinear } from '../operators/table.js';
import {
  type Affine,
  affineOf,
  compose,
  diagonalConvolution,
  isIdentity,
  sourceOf,
  takenApart,
} from './affine.js';
import { Draft } from './draft.js';
import { Allowance, isUniform } from './field.js';
import { joinedMove, movesNothing } from './join-moves.js';
import { joinedSlices } from './join-slices.js';
import { channelAxis, perChannel } from './layer.js';
import { type Moves, movedBefore, movedBehind, movedBehindConcat, POOLS } from './move-affine.js';
import { spatialPads, withPads } from './pads.js';
import { valuesForLayers } from './values-for-layers.js';

/**
 * Makes batch normalisations, and factors and summands that are constants, part of the convolutions and dense layers around
 * them, which leaves all values of the network unchanged. An affine map goes
 * - into the layer before it, if nothing else reads that, or else
 * - on towards the output, past what only moves numbers, and into each layer that reads it. A shift cannot enter a layer
 *   that pads its input with zeros. On the way from the network's input its scale enters alone, and x + shift / scale is
 *   left; elsewhere all of it is left.
 *
 * A Pad becomes part of the convolution behind it. What is left of affine maps is a BatchNormalization (a factor and a summand
 * a channel), Mul or Add. Before the first layer they prepare the input, and no rule applies to them.
 */
export function mergeAffine(graph: Graph): Graph {
  const merger = new Merger(graph);
  for (const node of graph.nodes) merger.visit(node);
  return merger.finish();
}

/** What a value of the given graph is in the new one: affine(base). */
interface Meaning {
  readonly base: string;
  readonly affine?: Affine | undefined;
  /** Whether something else reads the base too. */
  readonly shared?: boolean;
}

/** How a node that moves numbers came about. */
interface Way {
  /** The value of the given graph whose numbers it moves. */
  readonly source: string;
  /** Whether nothing else reads that. */
  readonly alone: boolean;
}

/** Operators between a layer and an affine map that becomes part of it. */
const LONGEST_WAY = 16;

class Merger {
  readonly #graph: Graph;
  readonly #draft: Draft;
  readonly #readers: ReadonlyMap<string, readonly Node[]>;
  readonly #forLayers: ReadonlySet<string>;
  readonly #meanings = new Map<string, Meaning>();
  readonly #ways = new Map<string, Way>();
  /** Names of affine nodes by their outputs. */
  readonly #names = new Map<string, string>();
  /** Values of the given graph that no layer has worked on. */
  readonly #raw: Set<string>;
  /** Raw values whose shift is written and whose scale goes on. */
  readonly #shifted = new Map<string, Meaning>();
  readonly #moves: Moves;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#draft = new Draft(graph);
    this.#moves = { graph, shapes: this.#draft.shapes, allowance: new Allowance() };
    this.#readers = consumersOf(graph);
    this.#forLayers = valuesForLayers(graph);
    this.#raw = new Set(graph.inputs.map(({ name }) => name));
  }

  visit(node: Node): void {
    const affine = this.#affineOf(node);
    const computed = node.inputs.filter((input) => input && !this.#graph.constants.has(input));
    if ((affine || !isLinear(node)) && computed.every((input) => this.#raw.has(input)))
      this.#raw.add(outputOf(node));
    if (affine) this.#addAffine(node, affine);
    else if (isLinear(node)) this.#addLayer(node);
    else if (node.op === 'Concat') this.#addConcat(node);
    else this.#addOther(node);
  }

  finish(): Graph {
    return this.#draft.build(new Map(this.#graph.outputs.map((output) => [this.#settled(output), output])));
  }

  #affineOf(node: Node): Affine | undefined {
    const shape = this.#draft.shapeOf(outputOf(node));
    const source = sourceOf(this.#graph, node);
    if (node.completes !== undefined || `${this.#draft.shapeOf(source)}` !== `${shape}`) return undefined;
    const affine = affineOf(this.#graph, node, shape, this.#moves.allowance);
    if (affine || !this.#raw.has(source) || !this.#forLayers.has(outputOf(node))) return affine;
    return diagonalConvolution(this.#graph, node, shape.length);
  }

  #addAffine(node: Node, affine: Affine): void {
    const source = sourceOf(this.#graph, node);
    const output = outputOf(node);
    this.#names.set(output, node.name);
    const { base, affine: before, shared = false } = this.#meaningOf(source);
    if (this.#absorbedBehind(source, affine)) {
      this.#meanings.set(output, { base });
      return;
    }
    const both = before && compose(before, affine, this.#moves.allowance);
    const meaning = both ? { base, affine: both } : { base: this.#settled(source), affine };
    const left = isIdentity(meaning.affine) ? undefined : meaning.affine;
    this.#meanings.set(output, {
      base: meaning.base,
      affine: left,
      shared: shared || !this.#isReadOnce(source),
    });
  }

  /** Makes an affine map of `value` part of the layer behind which it stands, if nothing else reads that layer. */
  #absorbedBehind(value: string, affine: Affine): boolean {
    if (!this.#isReadOnce(value)) return false;
    let [at, moved]: [string, Affine | undefined] = [value, affine];
    for (let steps = 0; steps < LONGEST_WAY && moved; steps++) {
      const { base, affine: waiting, shared } = this.#meaningOf(at);
      if (waiting || shared) return false;
      const layer = this.#draft.layerOf(base);
      if (layer) {
        const shape = this.#draft.shapeOf(base);
        const part = perChannel(moved, shape, channelAxis(layer.node, shape));
        if (part) this.#draft.extendLayer(layer, part);
        return part !== undefined;
      }
      const [move, way] = [this.#draft.nodeOf(base), this.#ways.get(base)];
      if (!move || !way?.alone) return false;
      moved = movedBefore(moved, move, this.#moves);
      at = way.source;
    }
    return false;
  }

  #addLayer(node: Node): void {
    const source = inputOf(node);
    const { affine } = this.#meaningOf(source);
    if (!affine) {
      this.#draft.addLayer({ node: this.#reading(node, this.#settled(source)) });
      return;
    }
    const shape = this.#draft.shapeOf(source);
    const axis = channelAxis(node, shape);
    const whole = perChannel(affine, shape, axis);
    const padded = node.op === 'Conv' && intsOf(node, 'pads').some((pad) => pad !== 0);
    if (whole && (!padded || isUniform(affine.shift, 0))) {
      this.#draft.addLayer({ node: this.#reading(node, this.#meaningOf(source).base), before: whole });
      return;
    }
    const rest = this.#raw.has(source) ? this.#withoutShift(source, node) : undefined;
    const scale = rest?.affine && perChannel(rest.affine, shape, axis);
    if (rest && scale) this.#draft.addLayer({ node: this.#reading(node, rest.base), before: scale });
    else this.#draft.addLayer({ node: this.#reading(node, this.#settled(source)) });
  }

  /** The layer with `base` as its input; a Pad that computes it becomes part of the layer. */
  #reading(node: Node, base: string): Node {
    const pad = this.#draft.nodeOf(base);
    const pads = pad && node.op === 'Conv' ? spatialPads(pad, this.#graph.constants) : undefined;
    if (pad && pads) return this.#reading(withPads(node, pads), inputOf(pad));
    return { ...node, inputs: [base, ...node.inputs.slice(1)] };
  }

  #addConcat(node: Node): void {
    const parts = node.inputs.map((input) => this.#meaningOf(input).affine);
    const everyPart = parts.every((part) => part) || node.inputs.every((input) => this.#raw.has(input));
    const movable = everyPart && parts.some((part) => part);
    const moved = movable ? movedBehindConcat(parts, node, this.#moves) : undefined;
    const inputs = node.inputs.map((input) => (moved ? this.#meaningOf(input).base : this.#settled(input)));
    const whole = joinedSlices(node, inputs.map((input) => this.#draft.nodeOf(input)), this.#graph, (value) => this.#draft.shapeOf(value)); // biome-ignore format: one line
    if (whole === undefined) this.#make(node, inputs, moved);
    else this.#meanings.set(outputOf(node), { base: whole, affine: moved, shared: true });
  }

  #addOther(node: Node): void {
    const source = inputOf(node);
    const raw = this.#raw.has(source);
    const { base, affine } = this.#meaningOf(source);
    // Runtimes make a Pad that a pool reads part of the pool, whose own padding means something else.
    const passable = !POOLS.has(node.op) || (raw && this.#draft.nodeOf(base)?.op !== 'Pad');
    const movable = affine && passable;
    const meaning =
      movable && node.op === 'Pad' && raw ? this.#withoutShift(source, node) : this.#meaningOf(source);
    const moved = movable && meaning?.affine && movedBehind(meaning.affine, node, this.#moves);
    if (moved) this.#make(node, [meaning.base, ...node.inputs.slice(1)], moved);
    else this.#make(node, node.inputs.map((input) => this.#settled(input))); // biome-ignore format: one line
  }

  /**
   * A node of the new graph, reading `inputs`; its output stands for the same value, or for what `affine` makes of it. Moves
   * that undo one another are left out.
   */
  #make(node: Node, inputs: readonly string[], affine?: Affine): void {
    const output = outputOf(node);
    const left = affine && !isIdentity(affine) ? affine : undefined;
    const joined = joinedMove(this.#draft.nodeOf(inputs[0] as string), node);
    const made = joined ?? { ...node, inputs };
    const way = this.#wayOf(node, joined && this.#ways.get(inputs[0] as string));
    const source = inputOf(made);
    if (movesNothing(made, this.#draft.shapeOf(source), this.#draft.shapeOf(output))) {
      const shared = !way.alone || this.#meaningOf(way.source).shared === true;
      this.#meanings.set(output, { base: source, affine: left, shared });
      return;
    }
    const base = left ? this.#draft.unique(`${output}.moved`) : output;
    this.#meanings.set(output, { base, affine: left });
    this.#draft.addNode({ ...made, outputs: [base] }, this.#draft.shapeOf(output));
    this.#ways.set(base, way);
  }

  /** The way of a node that moves numbers, alone or joined with the one before it. */
  #wayOf(node: Node, before: Way | undefined): Way {
    const alone = this.#isReadOnce(inputOf(node));
    return before
      ? { source: before.source, alone: alone && before.alone }
      : { source: inputOf(node), alone };
  }

  /**
   * A raw value as scale * (x + shift / scale), the parenthesis written as part of the node that reads it; undefined where
   * that cannot be done.
   */
  #withoutShift(value: string, { name: completes }: Node): Meaning | undefined {
    const known = this.#shifted.get(value);
    if (known) return known;
    const { base, affine } = this.#meaningOf(value);
    const parts = affine && takenApart(affine, this.#moves.allowance);
    if (!parts) return undefined;
    const shifted = isIdentity(parts.shift) ? base : this.#draft.unique(`${value}.shifted`);
    const as = { output: shifted, name: shifted, completes };
    if (shifted !== base) this.#draft.addAffine(base, parts.shift, as);
    const meaning = { base: shifted, affine: parts.scale };
    this.#shifted.set(value, meaning);
    return meaning;
  }

  /** The name under which the new graph computes a value itself. */
  #settled(value: string): string {
    const { base, affine } = this.#meaningOf(value);
    if (!affine) return base;
    const name = this.#names.get(value) ?? this.#draft.unique(`${value}.affine`);
    this.#draft.addAffine(base, affine, { output: value, name });
    this.#meanings.set(value, { base: value });
    return value;
  }

  #isReadOnce(value: string): boolean {
    return this.#readers.get(value)?.length === 1 && !this.#graph.outputs.includes(value);
  }

  #meaningOf(value: string): Meaning {
    return this.#meanings.get(value) ?? { base: value };
  }
}
