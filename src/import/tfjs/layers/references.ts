import { mismatch } from '../../../errors.js';
import { shown } from '../fields.js';

/** An output of a call of a layer; layers that are shared are called several times. */
export interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
}

/** `layer/call/tensor`, for tables. */
export function keyOf({ layer, call, tensor }: Reference): string {
  return `${call}/${tensor}/${layer}`;
}

/** `input_layers` or `output_layers`: a list of [layer, call, tensor], or one alone. */
export function endsOf(value: unknown, where: string): Reference[] {
  const list = Array.isArray(value) ? value : [];
  if (typeof list[0] === 'string') return [referenceOf(list, where)];
  return list.map((one) => referenceOf(one, where));
}

/**
 * `inbound_nodes` of a layer: what each of its calls reads. Keras 2 lists [layer, call, tensor, arguments], Keras 3 writes
 * the arguments, with tensors somewhere in them.
 */
export function callsOf(nodes: readonly unknown[], where: string): Reference[][] {
  return nodes.map((node) => {
    if (!Array.isArray(node)) return tensorsIn((node as { args?: unknown } | null)?.args, where);
    if (typeof node[0] === 'string') return [referenceOf(node, where)];
    return node.map((one) => referenceOf(one, where));
  });
}

function tensorsIn(args: unknown, where: string): Reference[] {
  if (Array.isArray(args)) return args.flat(4).flatMap((one) => tensorsIn(one, where));
  const tensor = args as { class_name?: unknown; config?: { keras_history?: unknown } } | null | undefined;
  if (tensor?.class_name !== '__keras_tensor__') return [];
  return [referenceOf(tensor.config?.keras_history, where)];
}

function referenceOf(value: unknown, where: string): Reference {
  const [layer, call = 0, tensor = 0] = Array.isArray(value) ? value : [];
  if (typeof layer === 'string' && Number.isInteger(call) && Number.isInteger(tensor))
    return { layer, call, tensor };
  throw mismatch({
    what: 'connection',
    where,
    expected: '[layer, call, tensor]',
    got: shown(value),
  });
}
