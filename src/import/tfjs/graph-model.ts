import { z } from 'zod';
import { InputError, mismatch } from '../../errors.js';
import type { Constant } from '../constant.js';
import { attributesOf } from './attributes.js';
import { Fields } from './fields.js';
import { partsOfFused } from './fused.js';
import type { Program, ProgramNode } from './program.js';

/** The part of a GraphDef that says what is computed. */
export const graphSchema = z.object({
  node: z.array(
    z.object({
      name: z.string(),
      op: z.string(),
      input: z.array(z.string()).optional(),
      attr: z.unknown().optional(),
    }),
  ),
});

type GraphDef = z.infer<typeof graphSchema>;

/**
 * A GraphModel as a program. `signature` names its outputs; without one they are what nothing reads.
 * @throws InputError when nodes share a name or constants lack their weights
 */
export function programOfGraph(
  graph: GraphDef,
  signature: unknown,
  weights: ReadonlyMap<string, Constant>,
): Program {
  const nodes = new Map<string, ProgramNode>();
  const inputs = new Map<string, readonly number[]>();
  const named = new Set<string>();
  for (const { name, op, input = [], attr } of graph.node) {
    if (named.has(name)) throw new InputError(`two nodes are called '${name}'`);
    named.add(name);
    const attributes = attributesOf(attr ?? {}, name);
    const values = input.filter((one) => !one.startsWith('^')).map((one) => one.replace(/:0$/, ''));
    if (op === 'Placeholder') inputs.set(name, dimsOf(attributes.shape));
    else if (op === 'Const') expectWeights(name, weights);
    else
      for (const node of partsOfFused({ op, name, inputs: values, attributes })) nodes.set(node.name, node);
  }
  return { nodes, constants: weights, inputs, outputs: outputsOf(signature, nodes), names: new Map() };
}

function dimsOf(shape: ProgramNode['attributes'][string] | undefined): readonly number[] {
  return Array.isArray(shape) ? shape.map(Number) : [];
}

function expectWeights(name: string, weights: ReadonlyMap<string, Constant>): void {
  if (weights.has(name)) return;
  throw mismatch({
    what: 'weights',
    where: 'weightsManifest',
    expected: `numbers of the constant '${name}'`,
    got: 'none',
  });
}

function outputsOf(signature: unknown, nodes: ReadonlyMap<string, ProgramNode>): Map<string, string> {
  const outputs = signature === undefined ? undefined : new Fields(signature, 'signature').value('outputs');
  if (outputs === undefined) {
    const read = new Set([...nodes.values()].flatMap((node) => node.inputs));
    return new Map([...nodes.keys()].filter((name) => !read.has(name)).map((name) => [name, name]));
  }
  const entries = Object.entries(new Fields(outputs, 'outputs of the signature').all());
  return new Map(
    entries.map(([key, output]) => {
      const name = new Fields(output, `output '${key}' of the signature`).string('name', key);
      return [key, name.replace(/:0$/, '')];
    }),
  );
}
