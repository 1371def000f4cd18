import { GraphBuilder } from '../builder.js';
import { type Graph, type Node, outputOf, type Shape } from '../graph.js';
import { inferShapes } from '../shapes.js';
import type { Affine } from './affine.js';
import { composed, type Layer, type PerChannel, withWeights } from './layer.js';
import { type WrittenAs, writeAffine } from './write-affine.js';

/** A graph while it is written anew from another one: its nodes, and its layers, which grow until it is built. */
export class Draft {
  readonly #given: Graph;
  readonly #builder: GraphBuilder;
  readonly #made = new Map<string, Node | Layer>();
  readonly #shapes: Map<string, Shape>;

  constructor(given: Graph) {
    this.#given = given;
    this.#builder = new GraphBuilder(given.name, { ...given, nodes: [] });
    for (const node of given.nodes) this.#builder.reserve(node);
    this.#shapes = inferShapes(given);
  }

  /** Shapes of the values of the given graph and of the new one; what both have under one name is of one shape. */
  get shapes(): ReadonlyMap<string, Shape> {
    return this.#shapes;
  }

  shapeOf(value: string): Shape {
    return this.#shapes.get(value) as Shape;
  }

  /** A name that no value of either graph has. */
  unique(hint: string): string {
    return this.#builder.unique(hint);
  }

  /** The node that computes a value; undefined for layers and inputs. */
  nodeOf(value: string): Node | undefined {
    const made = this.#made.get(value);
    return made && 'op' in made ? made : undefined;
  }

  /** The layer that computes a value; undefined for other nodes and inputs. */
  layerOf(value: string): Layer | undefined {
    const made = this.#made.get(value);
    return made && 'op' in made ? undefined : made;
  }

  addNode(node: Node, shape: Shape): void {
    this.#made.set(outputOf(node), node);
    this.#shapes.set(outputOf(node), shape);
  }

  /** Adds a layer whose inputs are written already. */
  addLayer(layer: Layer): void {
    this.#made.set(outputOf(layer.node), layer);
  }

  /** Makes a map of a layer's output part of the layer. */
  extendLayer(layer: Layer, part: PerChannel): void {
    this.addLayer({ ...layer, behind: composed(layer.behind, part) });
  }

  /** Nodes that compute affine(x). */
  addAffine(x: string, affine: Affine, as: WrittenAs): void {
    const shape = this.shapeOf(x);
    for (const node of writeAffine(this.#builder, x, affine, shape, as)) this.addNode(node, shape);
  }

  /** The graph. `outputs` says which values the outputs of the given graph are. */
  build(outputs: ReadonlyMap<string, string>): Graph {
    const rename = (value: string) => outputs.get(value) ?? value;
    for (const made of this.#made.values()) {
      const node = 'op' in made ? made : withWeights(made, this.#given.constants, this.#builder);
      this.#builder.append({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) });
    }
    return this.#builder.build(this.#given.outputs);
  }
}
