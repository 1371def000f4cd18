import { mismatch } from '../../errors.js';
import { inputOf, outputOf } from '../../graph/graph.js';
import { layersFromOutput } from '../../graph/passes/reinitialise.js';
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
 * What a network represents its input by: the value that {@link mappedValue} finds by itself, or what the last convolution or
 * dense layer reads where there is none; undefined where that is the input.
 */
export function representationOf(network: Network): InnerValue | undefined {
  const { graph } = network;
  const mapped = lastMapped(network);
  if (mapped && !isUnread(network, mapped)) return mapped;
  const [last] = layersFromOutput(graph);
  const maker = last && graph.nodes.find((node) => outputOf(node) === inputOf(last, 0));
  return maker && innerValue(network, maker.name);
}

/**
 * The value of a layer that lies over the input, so that maps of it can be drawn over the input.
 * @param name default: the last one that every way to the logits goes through
 * @throws InputError when there is none, or when none of its places can get any relevance
 */
export function mappedValue(network: Network, name?: string): MappedValue {
  const found = name === undefined ? (lastMapped(network) ?? noneMapped(network)) : innerValue(network, name);
  const grid = gridOf(network, found.value, found.shape);
  if (!grid) {
    throw mismatch({
      what: 'layer',
      where: `network ${network.name}`,
      expected: `one with more than one place over the input of shape [${network.inputShape}]`,
      got: `'${found.name}' of shape [${found.shape}]`,
    });
  }
  if (isUnread(network, found)) {
    throw mismatch({
      what: 'layer',
      where: `network ${network.name}`,
      expected: `one in front of the last attention${hint(network)}`,
      got: `'${found.name}': all that is read of it is the first token, so that no other one gets relevance`,
    });
  }
  return { ...found, grid };
}

/** Whether its places are tokens of which only the first is read. */
function isUnread(network: Network, { value, shape }: InnerValue): boolean {
  return Boolean(gridOf(network, value, shape)?.tokens) && readsClassTokenOnly(network.graph, value);
}

/** The last value that lies over the input among those that every way to the logits goes through. */
function lastMapped(network: Network): InnerValue | undefined {
  const { graph } = network;
  const shapes = inferShapes(graph);
  // Values in front of the logits of which what lies behind them is computed, and nothing else.
  const read = new Set(graph.outputs);
  for (const node of graph.nodes.toReversed()) {
    const value = outputOf(node);
    if (!read.has(value)) continue;
    const shape = (shapes.get(value) ?? []).slice(1);
    if (read.size === 1 && !graph.outputs.includes(value) && gridOf(network, value, shape))
      return { name: node.name, value, shape };
    read.delete(value);
    for (const input of node.inputs) if (input && !graph.constants.has(input)) read.add(input);
  }
  return undefined;
}

function noneMapped(network: Network): never {
  throw mismatch({
    what: 'layer',
    where: `network ${network.name}`,
    expected: `one with places on every way to the logits${hint(network)}`,
    got: `none for an input of shape [${network.inputShape}]: name one, <method>@<layer>`,
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
