import { InputError, mismatch } from '../../errors.js';
import { didYouMean } from '../../suggest.js';
import { logitsBehind } from '../canonical/logits.js';
import { inOrder } from '../in-order.js';
import { onlyInput } from '../only-input.js';
import { type Program, type ProgramNode, producerOf } from './program.js';

/** The part of a program that its logits need. */
export interface ProgramPart {
  /** In the order they run. */
  readonly nodes: readonly ProgramNode[];
  /** Name of the logits. */
  readonly output: string;
  /** The one input, and its dimensions with the batch; -1 where the file leaves them open. */
  readonly input: string;
  readonly dims: readonly number[];
}

/**
 * The part of a program up to the logits of an output: of the file's only one, or of the output, layer or node `name`. A
 * Softmax or Sigmoid at the end is cut off.
 * @throws InputError when there is no such output, or the part lacks a value or has not one input
 */
export function partFor(program: Program, name?: string): ProgramPart {
  const end = name === undefined ? onlyOutput(program) : valueCalled(program, name);
  const output = logitsBehind(end, (value) => {
    const node = producerOf(program, value);
    return node && { op: node.op, source: node.inputs[0] };
  });
  const root = producerOf(program, output);
  if (!root) throw new InputError(`output '${output}': expected a computed value, got none`);
  const nodes = inOrder(
    [root],
    (node) => node.inputs.flatMap((input) => producerOf(program, input) ?? []),
    (node) => `'${node.name}'`,
  );
  const [input, dims] = inputOf(program, nodes);
  return { nodes, output, input, dims };
}

function onlyOutput({ outputs }: Program): string {
  const [value] = outputs.values();
  if (value !== undefined && outputs.size === 1) return value;
  throw mismatch({
    what: 'outputs',
    where: 'model.json',
    expected: "exactly one (or the name of the classifier's as 'output')",
    got: [...outputs.keys()].map((name) => `'${name}'`).join(', ') || 'none',
  });
}

function valueCalled(program: Program, name: string): string {
  const { outputs, names } = program;
  const value = outputs.get(name) ?? names.get(name) ?? (producerOf(program, name) && name);
  if (value !== undefined) return value;
  const known = [...outputs.keys(), ...names.keys(), ...program.nodes.keys()];
  throw mismatch({
    what: 'output',
    where: 'model.json',
    expected: `an output, layer or node, such as '${known[0]}'`,
    got: `'${name}'${didYouMean(name, known)}`,
  });
}

function inputOf(program: Program, nodes: readonly ProgramNode[]): [string, readonly number[]] {
  const read = new Set<string>();
  for (const { name, inputs } of nodes) {
    for (const value of inputs) {
      if (program.inputs.has(value)) read.add(value);
      else if (!program.constants.has(value) && !producerOf(program, value)) {
        throw new InputError(`'${name}' reads '${value}', which nothing computes`);
      }
    }
  }
  const input = onlyInput(read, 'model.json');
  return [input, program.inputs.get(input) as readonly number[]];
}
