import { InputError, mismatch } from '../../errors.js';
import type { Constant } from '../constant.js';
import { inOrder } from '../in-order.js';
import { Unsupported, UnsupportedList } from '../unsupported.js';
import { Fields } from './fields.js';
import { LayerContext, type LayerTable } from './layers/context.js';
import { LAYOUT } from './layers/layout.js';
import { POINTWISE } from './layers/pointwise.js';
import { keyOf, type Reference } from './layers/references.js';
import { type LayerModel, type ModelCall, modelOf } from './layers/topology.js';
import { WEIGHTED } from './layers/weighted.js';
import { LayerWeights } from './layers/weights.js';
import { WINDOWS } from './layers/windows.js';
import { type Program, ProgramBuilder } from './program.js';

const LAYERS: LayerTable = { ...WEIGHTED, ...WINDOWS, ...POINTWISE, ...LAYOUT };

/**
 * A LayersModel (Keras 2 or 3) as a program: layers, also of models within it, are taken apart into operators. With
 * `output` the layers behind the one of that name are left out.
 * @throws InputError that names all layers that are not supported, or says what is wrong with topology or weights
 */
export function programOfLayers(
  topology: unknown,
  constants: ReadonlyMap<string, Constant>,
  output: string | undefined,
): Program {
  const fields = new Fields(topology, 'modelTopology');
  const [keras = '2'] = fields.string('keras_version', '2').split('.');
  const config = fields.value('model_config') ?? topology;
  const model = modelOf(new Fields(config, 'modelTopology'), 'model');
  const translation = new Translation(Number(keras), constants);
  return translation.program(model, output);
}

class Translation {
  readonly #builder = new ProgramBuilder();
  readonly #unsupported = new UnsupportedList();
  readonly #weights: LayerWeights;
  /** Values of layers by name, for `output`. */
  readonly #names = new Map<string, string>();

  constructor(
    readonly keras: number,
    constants: ReadonlyMap<string, Constant>,
  ) {
    this.#weights = new LayerWeights(constants);
  }

  program(model: LayerModel, output: string | undefined): Program {
    const inputs = model.inputs.map(({ layer }) => this.#builder.input(layer, model.shapeOf(layer)));
    const asked = model.calls.findLast(({ name }) => name === output);
    const ends = asked ? [{ layer: asked.name, call: asked.call, tensor: 0 }] : model.outputs;
    const values = this.#translate(model, inputs, ends, []);
    this.#unsupported.report();
    if (!asked) this.#weights.expectAllRead();
    const outputs = ends.map(({ layer }, i) => [layer, values[i] as string] as const);
    return this.#builder.build(new Map(outputs), this.#names);
  }

  /** The values of `ends` of a model that reads `inputs`; undefined where a layer is not supported. */
  #translate(
    model: LayerModel,
    inputs: readonly (string | undefined)[],
    ends: readonly Reference[],
    models: readonly string[],
  ): (string | undefined)[] {
    const values = new Map(model.inputs.map((reference, i) => [keyOf(reference), inputs[i]]));
    const calls = new Map(
      model.calls.map((call) => [keyOf({ layer: call.name, call: call.call, tensor: 0 }), call]),
    );
    const callOf = (reference: Reference) => calls.get(keyOf({ ...reference, tensor: 0 }));
    const known = (reference: Reference) => values.has(keyOf(reference)) || callOf(reference) !== undefined;
    const reads = (call: ModelCall) =>
      call.reads.flatMap((reference) => {
        if (!known(reference)) throw unknownLayer(reference, call.name);
        return values.has(keyOf(reference)) ? [] : [callOf(reference) as ModelCall];
      });
    for (const end of ends) if (!known(end)) throw unknownLayer(end, 'the model');
    const roots = ends.flatMap((end) => callOf(end) ?? []);
    for (const call of inOrder(roots, reads, ({ name }) => `'${name}'`)) {
      const results = this.#call(
        call,
        call.reads.map((reference) => values.get(keyOf(reference))),
        models,
      );
      for (const [tensor, value] of results.entries()) {
        values.set(keyOf({ layer: call.name, call: call.call, tensor }), value);
      }
    }
    return ends.map((end) => values.get(keyOf(end)));
  }

  #call(
    call: ModelCall,
    inputs: readonly (string | undefined)[],
    models: readonly string[],
  ): (string | undefined)[] {
    const name = [...models, call.name].join('/');
    if (call.model) {
      if (inputs.length !== call.model.inputs.length)
        throw wrongInputs(name, call.model.inputs.length, inputs.length);
      return this.#translate(call.model, inputs, call.model.outputs, [...models, call.name]);
    }
    const write = Object.hasOwn(LAYERS, call.className) ? LAYERS[call.className] : undefined;
    if (!write) this.#unsupported.add(call.className, name);
    if (!write || !inputs.every((input) => input !== undefined)) return [undefined];
    try {
      const weightOf = (weight: string) => this.#weights.weight(models, call.name, weight);
      const layer = new LayerContext(name, call.config(), inputs, this.keras, this.#builder, weightOf);
      const value = write(layer);
      layer.expectKnownFields();
      this.#names.set(name, value);
      return [value];
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error;
      this.#unsupported.add(call.className, name, error.message);
      return [undefined];
    }
  }
}

function unknownLayer({ layer, call }: Reference, reader: string): InputError {
  return new InputError(`'${reader}' reads call ${call} of layer '${layer}', which is not there`);
}

function wrongInputs(where: string, expected: number, got: number): InputError {
  return mismatch({ what: 'inputs of a model', where, expected: String(expected), got: String(got) });
}
