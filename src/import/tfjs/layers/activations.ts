import { floats } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import type { LayerContext } from './context.js';

/** Activations by the names that Keras gives them: operators on `x`. */
const ACTIVATIONS: Readonly<Record<string, (layer: LayerContext, x: string, name: string) => string>> = {
  __proto__: null as never,
  linear: (_, x) => x,
  relu: (layer, x, name) => layer.add('Relu', [x], {}, name),
  relu6: (layer, x, name) => layer.add('Relu6', [x], {}, name),
  leaky_relu: (layer, x, name) => layer.add('LeakyRelu', [x], { alpha: 0.2 }, name),
  elu: (layer, x, name) => layer.add('Elu', [x], {}, name),
  /** lambda x above zero, lambda alpha (e^x - 1) below (Klambauer et al. 2017, eq. 2). */
  selu: (layer, x, name) => {
    const elu = layer.add('Elu', [x], { alpha: 1.6732632423543772 }, `${name}/elu`);
    const lambda = layer.constant(floats([], Float32Array.of(1.0507009873554805)), 'lambda');
    return layer.add('Mul', [elu, lambda], {}, name);
  },
  gelu: (layer, x, name) => layer.add('Gelu', [x], {}, name),
  sigmoid: (layer, x, name) => layer.add('Sigmoid', [x], {}, name),
  tanh: (layer, x, name) => layer.add('Tanh', [x], {}, name),
  softmax: (layer, x, name) => layer.add('Softmax', [x], {}, name),
  swish: silu,
  silu,
  hard_swish: (layer, x, name) => layer.add('HardSwish', [x], {}, name),
  hard_silu: (layer, x, name) => layer.add('HardSwish', [x], {}, name),
  /** 0.2 x + 0.5 until Keras 3, x / 6 + 0.5 since then. */
  hard_sigmoid: (layer, x, name) =>
    layer.add('HardSigmoid', [x], { alpha: layer.keras >= 3 ? 1 / 6 : 0.2 }, name),
};

function silu(layer: LayerContext, x: string, name: string): string {
  return layer.add('Mul', [x, layer.add('Sigmoid', [x], {}, `${name}/gate`)], {}, name);
}

/** The layer's `activation` behind what it computes. */
export function activated(layer: LayerContext, x: string): string {
  const name = activationName(layer.config.value('activation'));
  return addActivation(layer, name, x, `${layer.name}/${name}`);
}

export function addActivation(layer: LayerContext, activation: string, x: string, name: string): string {
  const add = ACTIVATIONS[activation];
  if (!add) throw new Unsupported(`with activation '${activation}'`);
  return add(layer, x, name);
}

/** A name, or the object in which Keras 3 wraps it. */
export function activationName(value: unknown): string {
  if (value === undefined) return 'linear';
  const wrapped = value as { class_name?: unknown; config?: unknown };
  const name = wrapped.class_name === 'function' ? wrapped.config : value;
  if (typeof name === 'string') return name;
  throw new Unsupported(`with activation ${JSON.stringify(value).slice(0, 80)}`);
}

/** min(max(x, 0), ceiling), or a slope below zero. */
export function addRelu(layer: LayerContext): string {
  const { config } = layer;
  const ceiling = config.number('max_value', Number.POSITIVE_INFINITY);
  const slope = config.numbers('negative_slope')?.[0] ?? 0;
  if (config.number('threshold', 0) !== 0) throw new Unsupported('with a threshold');
  if (ceiling === Number.POSITIVE_INFINITY) {
    return slope === 0 ? layer.add('Relu', [layer.x]) : layer.add('LeakyRelu', [layer.x], { alpha: slope });
  }
  if (slope !== 0) throw new Unsupported('with a slope and a ceiling');
  const bounds = [0, ceiling].map((bound) => layer.constant(floats([], Float32Array.of(bound)), 'bound'));
  return layer.add('ClipByValue', [layer.x, ...bounds]);
}
