import { symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasetSchema } from '../../src/datasets/config.js';
import { draw } from '../../src/datasets/dataset.js';
import { KINDS } from '../../src/datasets/kinds.js';
import { openDataset } from '../../src/datasets/open.js';
import { annotationXml, makeTree } from './tree.js';

const entries = Array.from({ length: 100 }, (_, i) => ({ id: `image-${i}` }));
const config = (rest: object) => datasetSchema.parse({ type: 'folder', root: '.', ...rest });
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);

describe('draw', () => {
  it('is everything by id without a limit', () => {
    expect(ids(draw(entries.toReversed(), config({ seed: 5 })))).toEqual(ids(entries).sort());
  });

  it('depends on the seed, not on the order of the listing', () => {
    const drawn = draw(entries, config({ limit: 10 }));
    expect(drawn).toHaveLength(10);
    expect(ids(drawn)).toEqual(ids(drawn).sort());
    expect(draw(entries.toReversed(), config({ limit: 10 }))).toEqual(drawn);
    expect(draw(entries, config({ limit: 10, seed: 2 }))).not.toEqual(drawn);
    expect(draw(entries, config({ limit: 1000 }))).toHaveLength(100);
  });

  it('only adds images when the limit grows, and loses only those that are gone', () => {
    const ten = ids(draw(entries, config({ limit: 10 })));
    expect(ids(draw(entries, config({ limit: 20 })))).toEqual(expect.arrayContaining(ten));
    const others = entries.filter(({ id }) => id !== ten[0]);
    expect(ids(draw(others, config({ limit: 10 })))).toEqual(expect.arrayContaining(ten.slice(1)));
  });

  it('leaves all in the order to try when the limit counts correctly classified images', () => {
    const tried = draw(entries, config({ limit: 10, select: 'correct' }));
    expect(tried).toHaveLength(100);
    expect(ids(tried).slice(0, 10).sort()).toEqual(ids(draw(entries, config({ limit: 10 }))));
  });
});

describe('hash', () => {
  const hash = async (root: string, rest = {}) => (await openDataset({ type: 'folder', root, ...rest })).hash;

  it('changes with ids, labels and bytes, and with nothing else', async () => {
    const root = makeTree({ 'cat/a.jpg': 'x', 'dog/b.jpg': 'xy' });
    const first = await hash(root);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash(makeTree({ 'dog/b.jpg': 'xy', 'cat/a.jpg': 'x', 'empty/n.txt': '' }))).toBe(first);
    expect(await hash(makeTree({ 'dog/b.jpg': 'xz', 'cat/a.jpg': 'x' }))).not.toBe(first);
    expect(await hash(makeTree({ 'dog/a.jpg': 'x', 'cat/b.jpg': 'xy' }))).not.toBe(first);
    expect(await hash(makeTree({ 'bird/a.jpg': 'x', 'dog/b.jpg': 'xy' }))).not.toBe(first);
  });

  it('sees bytes that change while the process runs, at the same size', async () => {
    const root = makeTree({ 'cat/a.jpg': 'x' });
    const first = await hash(root);
    writeFileSync(join(root, 'cat/a.jpg'), 'y');
    const changed = await hash(root);
    expect(changed).not.toBe(first);
    writeFileSync(join(root, 'cat/a.jpg'), 'x');
    expect(await hash(root)).toBe(first);
    unlinkSync(join(root, 'cat/a.jpg'));
    symlinkSync('/dev/zero', join(root, 'cat/z.jpg'));
    writeFileSync(join(root, 'cat/b.jpg'), '');
    expect(await hash(root)).not.toBe(first);
  });

  it('covers annotations and class names', async () => {
    const voc = (xml: string, classes = 'cat\ndog\n') =>
      makeTree({
        'JPEGImages/a.png': 'x',
        'Annotations/a.xml': xml,
        'ImageSets/Main/test.txt': 'a',
        'classes.txt': classes,
      });
    const of = async (root: string) =>
      (await openDataset({ type: 'voc', root, labels: join(root, 'classes.txt') })).hash;
    const first = await of(voc(annotationXml('a', [4, 4], [{ box: [1, 1, 2, 2] }])));
    expect(await of(voc(annotationXml('a', [4, 4], [{ box: [1, 1, 2, 2] }])))).toBe(first);
    expect(await of(voc(annotationXml('a', [4, 4], [{ box: [1, 1, 2, 3] }])))).not.toBe(first);
    expect(await of(voc(annotationXml('a', [4, 4], [{ box: [1, 1, 2, 2] }]), 'cow\ndog\n'))).not.toBe(first);
  });

  it('takes sizes only where correct images are yet to be chosen', async () => {
    const correct = { select: 'correct', limit: 1 };
    const first = await hash(makeTree({ 'cat/a.jpg': 'x', 'cat/b.jpg': 'x' }), correct);
    expect(await hash(makeTree({ 'cat/a.jpg': 'y', 'cat/b.jpg': 'y' }), correct)).toBe(first);
    expect(await hash(makeTree({ 'cat/a.jpg': 'y', 'cat/b.jpg': 'yy' }), correct)).not.toBe(first);
  });
});

describe('datasetSchema', () => {
  it('has every kind under the name that its config says', () => {
    const names = Object.values(KINDS).map(({ schema }) => schema.shape.type.value);
    expect(names).toEqual(Object.keys(KINDS));
  });

  it.each([
    ['an unknown type', { type: 'coco', root: '.' }],
    ['a misspelt key', { type: 'voc', root: '.', splitt: 'test' }],
    ['a key of another type', { type: 'folder', root: '.', year: 2007 }],
    ['a limit of 0', { type: 'folder', root: '.', limit: 0 }],
    ['no root', { type: 'folder' }],
  ])('refuses %s', (_, value) => {
    expect(datasetSchema.safeParse(value).success).toBe(false);
  });
});
