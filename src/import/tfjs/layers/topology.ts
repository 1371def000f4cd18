import { InputError, mismatch } from '../../../errors.js';
import { Fields } from '../fields.js';
import { callsOf, endsOf, type Reference } from './references.js';

/** A model of layers, or one within another. */
export interface LayerModel {
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
  readonly calls: readonly ModelCall[];
  /** Dimensions of an input layer, batch first; -1 where they are open. */
  shapeOf(layer: string): readonly number[];
}

/** One call of a layer. */
export interface ModelCall {
  readonly name: string;
  readonly className: string;
  readonly call: number;
  readonly reads: readonly Reference[];
  /** The layer's own fields, none of which has been asked for. */
  config(): Fields;
  /** The model that the layer is. */
  readonly model: LayerModel | undefined;
}

interface Layer {
  readonly name: string;
  readonly className: string;
  readonly fields: Fields;
  readonly model: LayerModel | undefined;
}

const MODELS: ReadonlySet<string> = new Set(['Model', 'Functional', 'Sequential']);
const DEEPEST = 16;
/** What a Sequential model reads where it names no input layer. */
const SEQUENCE_INPUT = 'input';

/**
 * A model by its `class_name` and `config`.
 * @throws InputError when it is no model of layers, or is damaged
 */
export function modelOf(fields: Fields, where: string, depth = 0): LayerModel {
  const className = fields.string('class_name', 'Functional');
  if (!MODELS.has(className)) {
    throw mismatch({ what: 'class_name', where, expected: [...MODELS].join(' or '), got: `'${className}'` });
  }
  if (depth > DEEPEST)
    throw new InputError(`${where}: expected at most ${DEEPEST} models within one another`);
  const config = fields.value('config');
  const listed = Array.isArray(config) ? config : new Fields(config, where).list('layers');
  const layers = listed.map((layer) => layerOf(new Fields(layer, `layers of ${where}`), depth));
  refuseSameNames(layers, where);
  const shape = Array.isArray(config)
    ? undefined
    : new Fields(config, where).numbersOrOpen('build_input_shape');
  return className === 'Sequential'
    ? sequence(layers, shape)
    : functional(layers, new Fields(config, where), where);
}

function refuseSameNames(layers: readonly Layer[], where: string): void {
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name))
      throw new InputError(`${where}: expected a different name each layer, got '${name}' twice`);
    names.add(name);
  }
}

function layerOf(fields: Fields, depth: number): Layer {
  const className = fields.string('class_name', '');
  const name = fields.string('name', '') || fields.object('config').string('name', className);
  const model = MODELS.has(className) ? modelOf(fields, `layer '${name}'`, depth + 1) : undefined;
  return { name, className, fields, model };
}

function functional(layers: readonly Layer[], config: Fields, where: string): LayerModel {
  const written = new Map(
    layers.map((layer) => [layer.name, callsOf(layer.fields.list('inbound_nodes'), `layer '${layer.name}'`)]),
  );
  const ends = (field: string) => endsOf(config.value(field), `${field} of ${where}`);
  const outputs = ends('output_layers');
  const numbered = numbering(layers, [...outputs, ...[...written.values()].flat(2)], written);
  const calls = layers.flatMap((layer) =>
    (written.get(layer.name) ?? []).map((reads, call) => callOf(layer, call, reads.map(numbered))),
  );
  return {
    inputs: ends('input_layers'),
    outputs: outputs.map(numbered),
    calls,
    shapeOf: (name) => inputShape(layers.find((layer) => layer.name === name)),
  };
}

/**
 * References with calls as `inbound_nodes` lists them. A model within another may have been called once before, when it was
 * made, and that call is counted but not listed.
 */
function numbering(
  layers: readonly Layer[],
  references: readonly Reference[],
  written: ReadonlyMap<string, readonly unknown[]>,
): (reference: Reference) => Reference {
  const models = new Set(layers.filter(({ model }) => model).map(({ name }) => name));
  const before = new Set(
    references
      .filter(({ layer, call }) => models.has(layer) && call === written.get(layer)?.length)
      .map(({ layer }) => layer),
  );
  return (reference) =>
    before.has(reference.layer) ? { ...reference, call: reference.call - 1 } : reference;
}

function sequence(layers: readonly Layer[], shape: readonly number[] | undefined): LayerModel {
  const [first] = layers;
  const starts = first?.className === 'InputLayer';
  const input = { layer: starts ? first.name : SEQUENCE_INPUT, call: 0, tensor: 0 };
  const calls: ModelCall[] = [];
  let last = input;
  for (const layer of starts ? layers.slice(1) : layers) {
    calls.push(callOf(layer, 0, [last]));
    last = { layer: layer.name, call: 0, tensor: 0 };
  }
  return { inputs: [input], outputs: [last], calls, shapeOf: () => shape ?? inputShape(first) };
}

function callOf(
  { name, className, fields, model }: Layer,
  call: number,
  reads: readonly Reference[],
): ModelCall {
  return { name, className, call, reads, model, config: () => fields.object('config') };
}

/** The shape that a layer says its input has: Keras 3 calls it batch_shape. */
function inputShape(layer: Layer | undefined): readonly number[] {
  if (layer?.model) return layer.model.shapeOf(layer.model.inputs[0]?.layer ?? '');
  const config = layer?.fields.object('config');
  return config?.numbersOrOpen('batch_input_shape') ?? config?.numbersOrOpen('batch_shape') ?? [];
}
