import { GraphBuilder } from '../builder.js';
import {
  consumersOf,
  type Graph,
  inputOf,
  intOf,
  intsOf,
  type Node,
  outputOf,
  producersOf,
} from '../graph.js';
import { inferShapes } from '../shapes.js';
import { floatTensor, sizeOf, type Tensor } from '../tensor.js';
import { type Affine, affineOf, compose, concatenate } from './affine.js';
import { joinSlices } from './join-slices.js';

/**
 * Writes every BatchNormalization as part of a linear layer, which leaves all values of the network unchanged: merged
 * into the Conv or Gemm before it or behind it, and where there is none as a depthwise 1x1 convolution. Epsilon is
 * part of the scale: scale / sqrt(variance + epsilon).
 */
export function mergeBatchNorm(graph: Graph): Graph {
  const merger = new Merger(graph);
  merger.composeChains();
  merger.moveBehindConcat();
  merger.mergeIntoProducers();
  merger.mergeIntoConsumers();
  return writeAsConvolutions(joinSlices(merger.graph()), merger.affines);
}

/** Holds the nodes while batch normalisations move; every node's output keeps its name. */
class Merger {
  /** What each remaining BatchNormalization computes, by the name of its output. */
  readonly affines = new Map<string, Affine>();
  readonly #graph: Graph;
  readonly #constants: Map<string, Tensor>;
  #nodes: readonly Node[];

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#nodes = graph.nodes;
    this.#constants = new Map(graph.constants);
    for (const node of graph.nodes) {
      if (node.op === 'BatchNormalization') this.affines.set(outputOf(node), affineOf(graph, node));
    }
  }

  graph(): Graph {
    return { ...this.#graph, nodes: this.#nodes, constants: this.#constants };
  }

  /** Two in a row are one. */
  composeChains(): void {
    this.#absorbNorms((norm, producer) => {
      const first = this.affines.get(outputOf(producer));
      if (!first) return undefined;
      const second = this.affines.get(outputOf(norm)) as Affine;
      this.affines.delete(outputOf(producer));
      this.affines.set(outputOf(norm), compose(first, second));
      return { ...norm, inputs: [inputOf(producer)] };
    });
  }

  /** Slices that are normalised one by one and joined again (torchvision's transform_input) need one behind the joint. */
  moveBehindConcat(): void {
    const producers = producersOf(this.graph());
    this.#nodes = this.#nodes.flatMap((node) => {
      if (node.op !== 'Concat' || intOf(node, 'axis', 1) !== 1) return [node];
      const norms = node.inputs.map((input) => producers.get(input));
      const ofSlices = norms.every(
        (norm) => norm?.op === 'BatchNormalization' && producers.get(inputOf(norm))?.op === 'Slice',
      );
      if (!ofSlices) return [node];
      const joined = `${outputOf(node)}.joined`;
      const affine = concatenate(node.inputs.map((input) => this.affines.get(input) as Affine));
      this.affines.set(outputOf(node), affine);
      const sources = norms.map((norm) => inputOf(norm as Node));
      return [
        { ...node, inputs: sources, outputs: [joined] },
        {
          op: 'BatchNormalization',
          name: node.name,
          inputs: [joined],
          outputs: node.outputs,
          attributes: {},
        },
      ];
    });
  }

  /** y = scale (W x + b) + shift is the layer with weights scale W and bias scale b + shift. */
  mergeIntoProducers(): void {
    this.#absorbNorms((norm, producer) => {
      if (producer.op !== 'Conv' && producer.op !== 'Gemm') return undefined;
      const { scale, shift } = this.affines.get(outputOf(norm)) as Affine;
      const weight = this.#weight(producer);
      const bias = this.#constants.get(inputOf(producer, 2));
      this.affines.delete(outputOf(norm));
      const perOutput = weight.data.length / scale.length;
      const scaled = scale.every((factor) => factor === 1)
        ? weight.data
        : weight.data.map((w, i) => w * (scale[Math.floor(i / perOutput)] as number));
      const shifted = Float32Array.from(
        shift,
        (t, i) => ((bias?.data[i] as number) ?? 0) * (scale[i] as number) + t,
      );
      return {
        ...this.#withWeights(producer, floatTensor(weight.dims, scaled), shifted),
        outputs: norm.outputs,
      };
    });
  }

  /** W (scale x + shift) + b is the layer with weights W scale and bias W shift + b, unless x is padded. */
  mergeIntoConsumers(): void {
    const consumers = consumersOf(this.graph());
    const merged = new Map<string, Node>();
    for (const node of this.#nodes) {
      const readers = consumers.get(outputOf(node)) ?? [];
      const isOutput = this.#graph.outputs.includes(outputOf(node));
      if (this.affines.has(outputOf(node)) && !isOutput && readers.length > 0 && readers.every(isUnpadded)) {
        merged.set(outputOf(node), node);
      }
    }
    this.#nodes = this.#nodes
      .filter((node) => !merged.has(outputOf(node)))
      .map((node) => {
        const norm = merged.get(inputOf(node));
        return norm ? this.#afterNorm(node, norm) : node;
      });
    for (const output of merged.keys()) this.affines.delete(output);
  }

  /** Replaces each norm and the only producer of what it reads by what `absorb` makes of them, if it makes anything. */
  #absorbNorms(absorb: (norm: Node, producer: Node) => Node | undefined): void {
    const consumers = consumersOf(this.graph());
    const nodes = new Map<string, Node>();
    for (const node of this.#nodes) {
      const producer = nodes.get(inputOf(node));
      const alone =
        consumers.get(inputOf(node))?.length === 1 && !this.#graph.outputs.includes(inputOf(node));
      const absorbed = this.affines.has(outputOf(node)) && producer && alone && absorb(node, producer);
      if (absorbed) nodes.delete(inputOf(node));
      nodes.set(outputOf(node), absorbed || node);
    }
    this.#nodes = [...nodes.values()];
  }

  #afterNorm(node: Node, norm: Node): Node {
    const { scale, shift } = this.affines.get(outputOf(norm)) as Affine;
    const weight = this.#weight(node);
    const bias = this.#constants.get(inputOf(node, 2));
    const [outputs = 1, inputsOfGroup = 1, ...kernel] = weight.dims;
    const taps = sizeOf(kernel);
    const outputsOfGroup = outputs / intOf(node, 'group', 1);
    const scaled = new Float32Array(weight.data.length);
    const shifted = Float32Array.from({ length: outputs }, (_, output) => {
      const firstInput = Math.floor(output / outputsOfGroup) * inputsOfGroup;
      let sum = (bias?.data[output] as number) ?? 0;
      for (let i = 0; i < inputsOfGroup; i++) {
        const [factor, summand] = [scale[firstInput + i] as number, shift[firstInput + i] as number];
        const start = (output * inputsOfGroup + i) * taps;
        for (let k = start; k < start + taps; k++) {
          scaled[k] = (weight.data[k] as number) * factor;
          sum += (weight.data[k] as number) * summand;
        }
      }
      return sum;
    });
    const moved = this.#withWeights(node, floatTensor(weight.dims, scaled), shifted);
    return { ...moved, inputs: [inputOf(norm), ...moved.inputs.slice(1)] };
  }

  #weight(node: Node): Extract<Tensor, { type: 'float32' }> {
    const weight = this.#constants.get(inputOf(node, 1));
    if (weight?.type !== 'float32') throw new Error(`${node.op} '${node.name}' has no constant weights`);
    return weight;
  }

  #withWeights(node: Node, weight: Tensor, bias: Float32Array): Node {
    const names = [`${node.name}.merged.weight`, `${node.name}.merged.bias`] as const;
    this.#constants.set(names[0], weight);
    this.#constants.set(names[1], floatTensor([bias.length], bias));
    return { ...node, inputs: [inputOf(node), ...names] };
  }
}

function isUnpadded(node: Node): boolean {
  return node.op === 'Gemm' || (node.op === 'Conv' && intsOf(node, 'pads').every((pad) => pad === 0));
}

/** The remaining batch normalisations as convolutions with one 1x1 filter a channel. */
function writeAsConvolutions(graph: Graph, affines: ReadonlyMap<string, Affine>): Graph {
  const shapes = inferShapes(graph);
  const builder = new GraphBuilder(graph.name, { ...graph, nodes: [] });
  for (const node of graph.nodes) builder.unique(outputOf(node));
  for (const node of graph.nodes) {
    const affine = affines.get(outputOf(node));
    if (affine) appendConvolution(builder, node, affine, (shapes.get(outputOf(node)) ?? []).slice(1));
    else builder.append(node);
  }
  return builder.build(graph.outputs);
}

function appendConvolution(
  builder: GraphBuilder,
  norm: Node,
  { scale, shift }: Affine,
  sample: readonly number[],
): void {
  const [channels = 1, ...spatial] = sample;
  const fits = spatial.length === 1 || spatial.length === 2;
  const axes = fits ? spatial : [sizeOf(spatial)];
  const source = inputOf(norm);
  const x = fits
    ? source
    : builder.add('Reshape', [source, builder.ints([0, channels, ...axes])], {}, `${norm.name}.in`);
  const weight = floatTensor([channels, 1, ...axes.map(() => 1)], Float32Array.from(scale));
  const inputs = [x, builder.store(weight, `${norm.name}.weight`)];
  if (shift.some((value) => value !== 0)) {
    const bias = floatTensor([channels], Float32Array.from(shift));
    inputs.push(builder.store(bias, `${norm.name}.bias`));
  }
  const attributes = {
    kernel_shape: axes.map(() => 1),
    strides: axes.map(() => 1),
    pads: [...axes, ...axes].map(() => 0),
    dilations: axes.map(() => 1),
    group: channels,
  };
  const conv: Node = { op: 'Conv', name: norm.name, inputs, outputs: norm.outputs, attributes };
  if (fits) {
    builder.append(conv);
    return;
  }
  const output = builder.unique(`${norm.name}.out`);
  builder.append({ ...conv, outputs: [output] });
  const shape = builder.ints([0, ...sample]);
  builder.append({
    op: 'Reshape',
    name: `${norm.name}.shape`,
    inputs: [output, shape],
    outputs: norm.outputs,
    attributes: {},
  });
}
