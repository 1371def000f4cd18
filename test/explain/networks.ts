import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { type CompileOptions, compileExplanation } from '../../src/explain/compile.js';
import type { Composite } from '../../src/explain/composites.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH, type Graph } from '../../src/graph/graph.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { floatTensor, intTensor } from '../../src/graph/tensor.js';
import type { Network } from '../../src/import/network.js';
import { layoutOf } from '../../src/input/layout.js';
import { randomStream } from '../../src/random.js';

/** Numbers in -1..1 that depend on nothing but the key. */
export function numbers(count: number, ...key: (string | number)[]): Float32Array {
  return randomStream('test', ...key).uniforms(count, -1, 1);
}

/** Writes a small canonical network; layers are added to the value returned by the one before. */
export class NetworkBuilder {
  readonly builder = new GraphBuilder('test');
  readonly input: string;
  #constants = 0;

  constructor(readonly shape: readonly number[]) {
    this.input = this.builder.input({ name: 'input', type: 'float32', shape: [BATCH, ...shape] });
  }

  constant(dims: readonly number[], data: ArrayLike<number>): string {
    return this.builder.constant(floatTensor(dims, data), `constant${this.#constants++}`);
  }

  gemm(x: string, weights: readonly (readonly number[])[], bias?: readonly number[]): string {
    const inputs = [x, this.constant([weights.length, weights[0]?.length ?? 0], weights.flat())];
    if (bias) inputs.push(this.constant([bias.length], bias));
    return this.builder.add('Gemm', inputs, { transB: 1 });
  }

  add(op: string, inputs: string[], attributes = {}): string {
    return this.builder.add(op, inputs, attributes);
  }

  reshape(x: string, dims: readonly number[]): string {
    return this.add('Reshape', [x, this.builder.ints([0, ...dims])]);
  }

  build(output: string): Graph {
    return this.builder.build([output]);
  }
}

interface ExplainSettings extends CompileOptions {
  start?: 'logit' | 'one';
  /** What lies on the logits, instead of one target. */
  carried?: readonly number[];
}

/** Compiles an explanation and runs it on a batch of inputs, with one target each. */
export async function explain(
  graph: Graph,
  composite: Composite,
  inputs: readonly Float32Array[],
  targets: readonly number[],
  { start = 'logit', carried, ...options }: ExplainSettings = {},
): Promise<{ logits: Float32Array; relevance: Float32Array[] }> {
  const explanation = { composite, start, ends: [{ output: 'relevance' }] };
  const weights = carried !== undefined;
  const session = await onnxruntime.load(compileExplanation(graph, [explanation], { weights, ...options }));
  const dims = [inputs.length, ...(graph.inputs[0]?.shape.slice(1) ?? [])];
  const data = Float32Array.from(inputs.flatMap((input) => [...input]));
  const { relevance, ...rest } = await session.run({
    input: floatTensor(dims, data),
    ...(carried
      ? { weights: floatTensor([1, carried.length], carried) }
      : { target: intTensor([targets.length], targets) }),
  });
  await session.release();
  const all = relevance?.data as Float32Array;
  const size = all.length / inputs.length;
  return {
    logits: Object.values(rest)[0]?.data as Float32Array,
    relevance: inputs.map((_, i) => all.slice(i * size, (i + 1) * size)),
  };
}

/** ||a - b|| / ||b|| */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    norm += (b[i] as number) ** 2;
  }
  return a.length === b.length ? Math.sqrt(difference / (norm || 1)) : Number.POSITIVE_INFINITY;
}

/** A network as the importer would make it. */
export function networkFrom(graph: Graph): Network {
  const shapes = inferShapes(graph);
  const inputShape = (graph.inputs[0]?.shape ?? []).slice(1);
  return {
    name: 'test',
    graph,
    inputShape,
    layout: layoutOf(inputShape),
    classes: shapes.get(graph.outputs[0] as string)?.[1] as number,
    hash: '',
    parameters: 0,
  };
}
