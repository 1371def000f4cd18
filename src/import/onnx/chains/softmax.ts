import type { NodeProto } from '../../../onnx/decode.js';
import { type FileGraph, standingFor } from './graph.js';

/** exp(x) over its sum along an axis, whether the largest x is taken away first or not. */
export function softmax(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  if (last.op_type !== 'Div') return undefined;
  const [exponentials, divisor] = last.input;
  const sum = graph.made(divisor, 'ReduceSum');
  const axis = sum && graph.reducedAxis(sum);
  const argument = graph.made(exponentials, 'Exp')?.input[0];
  if (sum?.input[0] !== exponentials || axis === undefined || argument === undefined) return undefined;
  const difference = graph.made(argument, 'Sub');
  const most = graph.made(difference?.input[1], 'ReduceMax');
  const shifted = most && graph.reducedAxis(most) === axis && most.input[0] === difference?.input[0];
  const x = shifted ? (most.input[0] as string) : argument;
  return standingFor(last, 'Softmax', [x], { axis, alone: 1 });
}

/** What is put in the place of probabilities that are no numbers, where a row is masked as a whole. */
export function guarded(last: NodeProto, graph: FileGraph): NodeProto | undefined {
  if (last.op_type !== 'Where') return undefined;
  const [condition, replacement, value = ''] = last.input;
  const checks = graph.made(condition, 'IsNaN')?.input[0] === value && graph.scalar(replacement) === 0;
  return checks && graph.made(value, 'Softmax') ? standingFor(last, 'Identity', [value]) : undefined;
}
