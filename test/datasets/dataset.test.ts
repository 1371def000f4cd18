import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasetSchema } from '../../src/datasets/config.js';
import { draw } from '../../src/datasets/dataset.js';
import { KINDS } from '../../src/datasets/kinds.js';
import { openDataset } from '../../src/datasets/open.js';
import { makeTree } from './tree.js';

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
  it('changes with ids, labels and file sizes, and with nothing else', async () => {
    const root = makeTree({ 'cat/a.jpg': 'x', 'dog/b.jpg': 'xy' });
    const hash = async (folder = root) => (await openDataset({ type: 'folder', root: folder })).hash;
    const first = await hash();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash(makeTree({ 'dog/b.jpg': 'zz', 'cat/a.jpg': 'z' }))).toBe(first);
    writeFileSync(join(root, 'dog/b.jpg'), 'xyz');
    const grown = await hash();
    expect(grown).not.toBe(first);
    writeFileSync(join(root, 'dog/c.jpg'), '');
    expect(await hash()).not.toBe(grown);
    unlinkSync(join(root, 'dog/c.jpg'));
    expect(await hash()).toBe(grown);
    expect(await hash(makeTree({ 'a_first/x.jpg': '', 'cat/a.jpg': 'x', 'dog/b.jpg': 'xyz' }))).not.toBe(
      grown,
    );
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
