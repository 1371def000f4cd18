import { InputError, mismatch } from '../../errors.js';
import { parseTextFormat, type TextMessage } from './text-format.js';

/** A layer of a .prototxt, whose bottoms and tops are values: layers that work in place make a new one. */
export interface CaffeLayer {
  readonly name: string;
  readonly type: string;
  readonly bottoms: readonly string[];
  readonly tops: readonly string[];
  readonly message: TextMessage;
}

export interface CaffeDefinition {
  readonly name: string;
  readonly layers: readonly CaffeLayer[];
  /** Values that stand for images: their shape without the batch, as far as the definition says it. */
  readonly inputs: ReadonlyMap<string, readonly number[]>;
  /** The value that each blob name stands for behind the last layer. */
  readonly blobs: ReadonlyMap<string, string>;
}

/** Layers that read images from somewhere. */
const DATA = new Set(['Data', 'ImageData', 'HDF5Data', 'WindowData', 'MemoryData', 'DummyData']);

/** Type names of the V1 format, where they differ from the present ones by more than case and underscores. */
const V1_TYPES: Readonly<Record<string, string>> = {
  __proto__: null as never,
  BNLL: 'BNLL',
  HDF5_DATA: 'HDF5Data',
  LRN: 'LRN',
  RELU: 'ReLU',
  SOFTMAX_LOSS: 'SoftmaxWithLoss',
  TANH: 'TanH',
};

/** Parses a .prototxt. @throws InputError when it is no definition of a network. */
export function parseDefinition(text: string): CaffeDefinition {
  const root = parseTextFormat(text);
  // `layers` is the V1 format. Some files have both: all layers count, in the order of the file.
  const messages = root.messagesOf('layers', 'layer').filter(([, message]) => isActive(message));
  if (messages.length === 0) throw new InputError('expected a network with layers in the prototxt, got none');
  const blobs = new Map<string, string>();
  const inputs = new Map<string, readonly number[]>(legacyInputs(root));
  for (const input of inputs.keys()) blobs.set(input, input);
  const unused = uniqueNames(inputs.keys());
  const layers: CaffeLayer[] = [];
  for (const [field, message] of messages) {
    const name = message.string('name') ?? '';
    const type = field === 'layers' ? v1TypeOf(message) : (message.string('type') ?? '');
    const bottoms = message.strings('bottom').map((blob) => blobs.get(blob) ?? missing(blob));
    const tops = message.strings('top').map((blob, i) => {
      const value = unused(DATA.has(type) || type === 'Input' || i > 0 ? blob : name || blob);
      blobs.set(blob, value);
      return value;
    });
    if (type === 'Input') {
      const shapes = message.message('input_param').messages('shape');
      for (const [i, top] of tops.entries()) inputs.set(top, shapeOf(shapes[i] ?? shapes.at(-1)));
    } else if (DATA.has(type)) {
      if (tops[0] !== undefined) inputs.set(tops[0], dataShape(message));
    } else {
      layers.push({ name, type, bottoms, tops, message });
    }
  }
  return { name: root.string('name') ?? '', layers, inputs, blobs };
}

const MISSING = 'missing blob: ';

/** Stands for a blob that no layer before makes; only an error where a needed layer reads it. */
function missing(blob: string): string {
  return MISSING + blob;
}

/** @throws InputError when a layer reads a blob that no layer before it makes. */
export function expectBottoms({ name, bottoms }: CaffeLayer): void {
  for (const bottom of bottoms) {
    if (!bottom.startsWith(MISSING)) continue;
    throw mismatch({
      what: 'bottom',
      where: `layer '${name}'`,
      expected: 'a blob that a layer before it makes',
      got: `'${bottom.slice(MISSING.length)}'`,
    });
  }
}

/** Makes names unique by a number behind them. */
function uniqueNames(taken: Iterable<string>): (name: string) => string {
  const used = new Set(taken);
  const next = new Map<string, number>();
  return (name) => {
    let value = name;
    for (let i = next.get(name) ?? 1; used.has(value); i++) {
      value = `${name}_${i}`;
      next.set(name, i + 1);
    }
    used.add(value);
    return value;
  };
}

/** INNER_PRODUCT and the like, as the present names. */
function v1TypeOf(message: TextMessage): string {
  const type = message.string('type') ?? '';
  return (
    V1_TYPES[type] ??
    type.toLowerCase().replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  );
}

/** `input: "data"` with `input_dim` (four a name) or `input_shape`, outside of any layer. */
function legacyInputs(root: TextMessage): [string, readonly number[]][] {
  const dims = root.numbers('input_dim');
  const shapes = root.messages('input_shape').map(shapeOf);
  return root.strings('input').map((name, i) => [name, shapes[i] ?? dims.slice(4 * i + 1, 4 * i + 4)]);
}

/** Dimensions of a BlobShape without the batch. */
function shapeOf(message: TextMessage | undefined): number[] {
  return message?.numbers('dim').slice(1) ?? [];
}

/** The shape that a data layer gives images; 0 channels where it does not say. */
function dataShape(message: TextMessage): number[] {
  const memory = message.message('memory_data_param');
  if (memory.has('channels')) return ['channels', 'height', 'width'].map((name) => memory.number(name, 0));
  const dummy = message.message('dummy_data_param');
  if (dummy.has('shape')) return shapeOf(dummy.messages('shape')[0]);
  const transform = message.message('transform_param');
  const data = message.message('data_param');
  const crop = transform.number('crop_size', data.number('crop_size', 0));
  const images = message.message('image_data_param');
  const [height, width] = [images.number('new_height', crop), images.number('new_width', crop)];
  return crop > 0 ? [0, crop, crop] : height > 0 && width > 0 ? [0, height, width] : [];
}

/** The state in which classifiers run: phase TEST, level 0, and the stage that all-in-one definitions deploy with. */
const STATE = { phase: 'TEST', level: 0, stages: ['deploy'] };

/** Caffe's rule: a layer with include rules needs one that is met, and must meet no exclude rule. */
function isActive(layer: TextMessage): boolean {
  const includes = layer.messages('include');
  const included = includes.length === 0 || includes.some(isMet);
  return included && !layer.messages('exclude').some(isMet);
}

function isMet(rule: TextMessage): boolean {
  const phase = rule.string('phase') ?? STATE.phase;
  const level =
    rule.number('min_level', STATE.level) <= STATE.level &&
    rule.number('max_level', STATE.level) >= STATE.level;
  const stages = rule.strings('stage').every((stage) => STATE.stages.includes(stage));
  const others = !rule.strings('not_stage').some((stage) => STATE.stages.includes(stage));
  return [STATE.phase, '1'].includes(phase) && level && stages && others;
}
