import { InputError, mismatch } from '../../../errors.js';
import type { Constant } from '../../constant.js';

/**
 * The weights of layers, by the names that Keras and TensorFlow.js give them: layer/weight, with names of models before
 * (Keras 3, nested models) or that of a cell between the two.
 */
export class LayerWeights {
  readonly #constants: ReadonlyMap<string, Constant>;
  /** Full names by layer/weight. */
  readonly #byLayer = new Map<string, string[][]>();
  readonly #read = new Set<string>();

  constructor(constants: ReadonlyMap<string, Constant>) {
    this.#constants = constants;
    for (const name of constants.keys()) {
      const path = name.split('/');
      for (const layer of new Set(path.slice(-3, -1))) {
        const key = `${layer}/${path.at(-1)}`;
        const others = this.#byLayer.get(key);
        if (others) others.push(path);
        else this.#byLayer.set(key, [path]);
      }
    }
  }

  /**
   * A weight of the layer that stands in these models, outermost first.
   * @throws InputError when there is none, or more than one that could be meant
   */
  weight(models: readonly string[], layer: string, weight: string): Constant {
    const ofLayer = this.#byLayer.get(`${layer}/${weight}`) ?? [];
    const exact = ofLayer.filter((path) => path.length === 2);
    const within = ofLayer.filter((path) => models.length > 0 && path.includes(models.at(-1) as string));
    const candidates = [within, exact, ofLayer].find(({ length }) => length > 0) ?? [];
    const [path] = candidates;
    if (path !== undefined && candidates.length === 1) {
      const name = path.join('/');
      this.#read.add(name);
      return this.#constants.get(name) as Constant;
    }
    throw mismatch({
      what: 'weights',
      where: `layer '${[...models, layer].join('/')}'`,
      expected: `one '${layer}/${weight}' in weightsManifest`,
      got: candidates.length === 0 ? 'none' : candidates.map((one) => `'${one.join('/')}'`).join(', '),
    });
  }

  /** @throws InputError when there are weights that no layer has read */
  expectAllRead(): void {
    const unread = [...this.#constants.keys()].filter((name) => !this.#read.has(name));
    if (unread.length === 0) return;
    const shown = unread.slice(0, 3).map((name) => `'${name}'`);
    throw new InputError(
      `weightsManifest: expected weights of the layers only, got ${shown.join(', ')}${unread.length > 3 ? ` and ${unread.length - 3} more` : ''}, which no layer reads`,
    );
  }
}
