import { mismatch } from '../../errors.js';
import { outputOf } from '../../graph/graph.js';
import { inferShapes } from '../../graph/shapes.js';
import type { Network } from '../../import/network.js';
import { didYouMean } from '../../suggest.js';
import { readsClassTokenOnly } from './class-token.js';
import { type Grid, gridOf } from './grid.js';

/** What a layer computes, inside a network. */
export interface InnerValue {
  /** Name of the layer. */
  readonly name: string;
  /** The value in the graph. */
  readonly value: string;
  /** Without the batch. */
  readonly shape: readonly number[];
}

/** A value that lies over the input: its places are those of the input at another resolution. */
export interface MappedValue extends InnerValue {
  readonly grid: Grid;
}

/** The suffix of a layer's output in what PyTorch exports. */
const OUTPUT = /_output_0$/;

/** The value of a layer, by the name that `heatproof inspect` prints. @throws InputError when there is none */
export function innerValue({ name: network, graph }: Network, name: string): InnerValue {
  const node = [name, name.replace(OUTPUT, '')]
    .map((wanted) => graph.nodes.findLast((one) => one.name === wanted))
    .find((found) => found !== undefined);
  if (!node || graph.outputs.includes(outputOf(node))) {
    const names = graph.nodes.map((one) => one.name);
    throw mismatch({
      what: 'layer',
      where: `network ${network}`,
      expected: 'the name of a layer in front of the logits, as `heatproof inspect` prints it',
      got: `'${name}'${node ? ', which gives the logits' : didYouMean(name, names)}`,
    });
  }
  const shape = inferShapes(graph).get(outputOf(node)) ?? [];
  return { name: node.name, value: outputOf(node), shape: shape.slice(1) };
}

/**
 * The value of a layer that lies over the input, so that maps of it can be drawn over the input.
 * @param name default: the last one in front of what takes all places together
 * @throws InputError when there is none, or when none of its places can get any relevance
 */
export function mappedValue(network: Network, name?: string): MappedValue {
  const found = name === undefined ? lastMapped(network) : innerValue(network, name);
  const grid = gridOf(network, found.value, found.shape);
  if (!grid) {
    throw mismatch({
      what: 'layer',
      where: `network ${network.name}`,
      expected: `one with more than one place over the input of shape [${network.inputShape}]`,
      got: `'${found.name}' of shape [${found.shape}]`,
    });
  }
  if (grid.tokens && readsClassTokenOnly(network.graph, found.value)) {
    throw mismatch({
      what: 'layer',
      where: `network ${network.name}`,
      expected: `one in front of the last attention${hint(network)}`,
      got: `'${found.name}': all that is read of it is the first token, so that no other one gets relevance`,
    });
  }
  return { ...found, grid };
}

/** Walks back from the logits, as long as there is one way. @throws InputError when it ends before anything has places */
function lastMapped(network: Network): InnerValue {
  const { graph, inputShape, name } = network;
  const shapes = inferShapes(graph);
  let node = graph.nodes.findLast((one) => outputOf(one) === graph.outputs[0]);
  while (node) {
    const value: string = outputOf(node);
    const shape = (shapes.get(value) ?? []).slice(1);
    if (!graph.outputs.includes(value) && gridOf(network, value, shape))
      return { name: node.name, value, shape };
    const [before, ...others] = node.inputs.filter((input) => input && !graph.constants.has(input));
    node = others.length > 0 ? undefined : graph.nodes.findLast((one) => outputOf(one) === before);
  }
  throw mismatch({
    what: 'layer',
    where: `network ${name}`,
    expected: `one with places in front of a global pooling or the first dense layer${hint(network)}`,
    got: `none for an input of shape [${inputShape}]: name one, <method>@<layer>`,
  });
}

/** Names the last normalisation that lies over the input and is read as a whole, where there is one. */
function hint(network: Network): string {
  const { graph } = network;
  const shapes = inferShapes(graph);
  const fits = graph.nodes.findLast((node) => {
    if (!/^(Layer|RMS)Normalization$/.test(node.op)) return false;
    const value = outputOf(node);
    const grid = gridOf(network, value, (shapes.get(value) ?? []).slice(1));
    return grid && !(grid.tokens && readsClassTokenOnly(graph, value));
  });
  return fits ? `, such as '${fits.name}'` : '';
}
