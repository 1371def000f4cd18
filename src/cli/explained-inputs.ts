import { basename, dirname, extname } from 'node:path';
import { type PreparedInput, prepareSample } from '../datasets/prepare.js';
import { readDocuments } from '../datasets/text/documents.js';
import { readText } from '../datasets/text/read.js';
import { InputError } from '../errors.js';
import { checkWords, type Model, refuseWords } from '../experiment/model.js';
import { textLayout } from '../input/layout.js';
import { ownRange } from '../input/range.js';

/** Something to explain. */
export interface ExplainedInput {
  /** What its results are called. */
  readonly id: string;
  read(): Promise<PreparedInput>;
}

/** Whether a file holds documents. */
export function isText(file: string): boolean {
  return /\.jsonl?$/i.test(file);
}

export function nameOf(file: string): string {
  return basename(file, extname(file));
}

/** The inputs that files hold: an image or array each, or documents. @throws InputError for what the network does not read */
export async function inputsOf(files: readonly string[], model: Model): Promise<ExplainedInput[]> {
  const inputs = files.flatMap((file) => {
    if (isText(file)) return documentsOf(file, model);
    refuseWords(model);
    const { preprocessing, network } = model;
    return [{ id: nameOf(file), read: () => prepareSample(file, preprocessing, network.inputShape) }];
  });
  const ids = inputs.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice === undefined) return inputs;
  throw new InputError(
    `inputs: expected a name of its own each, since results are named after it, got '${twice}' twice`,
  );
}

function documentsOf(file: string, model: Model): ExplainedInput[] {
  checkWords(model);
  const layout = textLayout(model.network.inputShape);
  const reader = { ...model, network: { ...model.network, layout } };
  return readDocuments(dirname(file), basename(file)).map((one) => {
    if ('problem' in one) return { id: one.id, read: () => Promise.reject(one.problem) };
    const sample = { id: one.id, path: file, labels: [], text: one.content };
    const read = async () => {
      const found = await readText(sample, undefined, reader);
      return { ...found, range: ownRange(found.input, layout) };
    };
    return { id: one.id, read };
  });
}

/** What goes with an input. */
export function besideOf({ given, document }: Pick<PreparedInput, 'given' | 'document'>) {
  return { ...(given && { given }), ...(document && { document }) };
}
