import {
  type Graph,
  type GraphInput,
  inputOf,
  intOf,
  intsOf,
  type Node,
  outputOf,
  type Shape,
} from '../graph.js';
import { traitsOf } from '../operators/table.js';
import { inferShapes } from '../shapes.js';
import { copyStrided, stridesOf } from '../strided.js';
import { floatTensor, intTensor, type Tensor, toInts } from '../tensor.js';

/** Which axis of [batch, height, width, channels] stands where in [batch, channels, height, width]. */
const TO_CHANNELS_FIRST = [0, 3, 1, 2];
/** Where each axis goes. */
const NEW_AXIS = [0, 2, 3, 1];

/**
 * Networks from frameworks that put channels last begin with a Transpose, behind whatever prepares the image (a rescaling, a
 * border). Their input becomes [batch, channels, height, width], all before the Transpose is written for that, and the
 * Transpose is left out. Other networks stay as they are.
 */
export function channelsFirst(graph: Graph): Graph {
  const [input] = graph.inputs as [GraphInput];
  if (input.shape.length !== 4) return graph;
  const writer = new LayoutWriter(graph, input.name);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const written = writer.write(node);
    if (!written) return graph;
    nodes.push(...written);
  }
  if (writer.endsAt === 0 || graph.outputs.some((output) => writer.last.has(output))) return graph;
  const inputs = [{ ...input, shape: TO_CHANNELS_FIRST.map((axis) => input.shape[axis] as number) }];
  return { ...graph, inputs, nodes, constants: writer.constants };
}

class LayoutWriter {
  readonly constants: Map<string, Tensor>;
  /** Values with channels last. */
  readonly last: Set<string>;
  /** Number of nodes that bring channels to the front. */
  endsAt = 0;
  readonly #shapes: ReadonlyMap<string, Shape>;
  /** What stands for the outputs of these nodes. */
  readonly #same = new Map<string, string>();

  constructor(
    readonly graph: Graph,
    input: string,
  ) {
    this.constants = new Map(graph.constants);
    this.last = new Set([input]);
    this.#shapes = inferShapes(graph);
  }

  /** The node for channels first; undefined when it cannot do without channels last. */
  write(node: Node): Node[] | undefined {
    const inputs = node.inputs.map((input) => this.#same.get(input) ?? input);
    const computed = node.inputs.filter((input) => !this.graph.constants.has(input));
    if (!computed.some((input) => this.last.has(input))) return [{ ...node, inputs }];
    if (this.#bringsToFront(node)) {
      this.endsAt++;
      this.#same.set(outputOf(node), inputOf(node));
      return [];
    }
    const alike =
      computed.every((input) => this.last.has(input)) && this.#shapes.get(outputOf(node))?.length === 4;
    const written = alike && this.#turned(node);
    if (!written) return undefined;
    this.last.add(outputOf(node));
    return [written];
  }

  /** A Transpose, or a Reshape where one channel only moves. */
  #bringsToFront(node: Node): boolean {
    if (node.op === 'Transpose') return `${intsOf(node, 'perm')}` === `${TO_CHANNELS_FIRST}`;
    const [from, to] = [inputOf(node), outputOf(node)].map((value) => this.#shapes.get(value) as Shape) as [
      Shape,
      Shape,
    ];
    return (
      node.op === 'Reshape' && from[3] === 1 && `${to}` === `${TO_CHANNELS_FIRST.map((axis) => from[axis])}`
    );
  }

  #turned(node: Node): Node | undefined {
    if (traitsOf(node).reads.kind === 'element')
      return { ...node, inputs: node.inputs.map((input) => this.#constant(input, turnedNumbers)) };
    switch (node.op) {
      case 'Concat':
        return { ...node, attributes: { axis: NEW_AXIS[intOf(node, 'axis', 1)] as number } };
      case 'Pad':
        return { ...node, inputs: [inputOf(node), this.#constant(inputOf(node, 1), turnedPads)] };
      case 'Slice':
        return {
          ...node,
          inputs: node.inputs.map((input, i) => (i === 3 ? this.#constant(input, turnedAxes) : input)),
        };
      default:
        return undefined;
    }
  }

  /** The name of a constant that was turned; computed values keep theirs. */
  #constant(name: string, turn: (tensor: Tensor) => Tensor): string {
    const tensor = this.graph.constants.get(name);
    if (!tensor) return name;
    const turned = `${name}/channels-first`;
    this.constants.set(turned, turn(tensor));
    return turned;
  }
}

function turnedNumbers(tensor: Tensor): Tensor {
  if (tensor.type !== 'float32' || tensor.dims.length === 0) return tensor;
  const dims = [...Array<number>(4 - tensor.dims.length).fill(1), ...tensor.dims];
  const turned = TO_CHANNELS_FIRST.map((axis) => dims[axis] as number);
  const strides = stridesOf(dims);
  const data = new Float32Array(tensor.data.length);
  copyStrided(tensor.data, data, turned, TO_CHANNELS_FIRST.map((axis) => strides[axis] as number)); // biome-ignore format: one line
  return floatTensor(turned, data);
}

function turnedPads(tensor: Tensor): Tensor {
  const pads = toInts(tensor);
  const side = (start: number) => TO_CHANNELS_FIRST.map((axis) => pads[start + axis] as number);
  return intTensor([8], [...side(0), ...side(4)]);
}

function turnedAxes(tensor: Tensor): Tensor {
  const axes = toInts(tensor);
  return intTensor(tensor.dims, axes.map((axis) => NEW_AXIS[axis] as number)); // biome-ignore format: one line
}
