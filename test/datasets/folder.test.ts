import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/datasets/open.js';
import { InputError } from '../../src/errors.js';
import { makeTree } from './tree.js';

describe('folder', () => {
  it('lists plain images by name', async () => {
    const root = makeTree({
      'b.jpg': 'x',
      'a.PNG': 'x',
      '.hidden.jpg': 'x',
      'notes.txt': 'x',
      'sub/c.jpg': 'x',
    });
    symlinkSync(join(root, 'b.jpg'), join(root, 'c.jpeg'));
    const { samples, classes } = await openDataset({ type: 'folder', root });
    expect(samples).toEqual(
      ['a.PNG', 'b.jpg', 'c.jpeg'].map((name) => ({ id: name[0], path: join(root, name), labels: [] })),
    );
    expect(classes).toEqual([]);
  });

  it('takes a folder per class, sorted by name or by the order of labels', async () => {
    const root = makeTree({
      'dog/1.jpg': 'x',
      'cat/1.jpg': 'x',
      'cat/2.jpg': 'x',
      'labels.txt': 'dog\ncat\nmug\n',
    });
    const { samples, classes } = await openDataset({ type: 'folder', root });
    expect(classes).toEqual(['cat', 'dog']);
    expect(samples.map(({ id, labels }) => [id, labels])).toEqual([
      ['cat__1', [0]],
      ['cat__2', [0]],
      ['dog__1', [1]],
    ]);
    const ordered = await openDataset({ type: 'folder', root, labels: join(root, 'labels.txt') });
    expect(ordered.samples.map(({ labels }) => labels)).toEqual([[1], [1], [0]]);
  });

  it('takes labels from labels.csv', async () => {
    const root = makeTree({
      'a.jpg': 'x',
      'b, c.jpg': 'x',
      'd.jpg': 'x',
      'labels.csv': 'id,label\na,7\nb, c,cat\ngone,0\n',
      'l.txt': 'dog\ncat',
    });
    const dataset = await openDataset({ type: 'folder', root, labels: join(root, 'l.txt') });
    expect(dataset.samples.map(({ labels }) => labels)).toEqual([[7], [1], []]);
    expect([dataset.missing, dataset.unlabelled]).toEqual([['gone'], ['d']]);
  });

  it.each([
    ['an empty folder', {}, /no images in/],
    [
      'a class folder that labels lack',
      { 'mug/a.jpg': 'x', 'l.txt': 'cat\ndog' },
      /class folder .*expected one of the classes of .*got mug/,
    ],
    [
      'labels.csv without header',
      { 'a.jpg': 'x', 'labels.csv': 'a,1', 'l.txt': 'cat' },
      /a first line 'id,label', got 'a,1'/,
    ],
    [
      'a class that labels lack',
      { 'a.jpg': 'x', 'labels.csv': 'id,label\na,mug', 'l.txt': 'cat' },
      /line 2\): expected a new id and a class name or index, got 'a,mug'/,
    ],
    ['an id twice', { 'a.jpg': 'x', 'labels.csv': 'id,label\na,0\na,0', 'l.txt': 'cat' }, /line 3/],
  ] as [string, Record<string, string>, RegExp][])('says clearly: %s', async (_, files, message) => {
    const root = makeTree({ 'x.txt': '', ...files });
    const labels = 'l.txt' in files ? { labels: join(root, 'l.txt') } : {};
    const attempt = openDataset({ type: 'folder', root, ...labels });
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(message);
  });
});

describe('tensors', () => {
  it('lists arrays with optional labels', async () => {
    const root = makeTree({
      'x.npy': 'x',
      'y.input.npy': 'x',
      'z.csv': 'x',
      'labels.csv': 'id,label\ny.input,3\n',
    });
    const { samples } = await openDataset({ type: 'tensors', root });
    expect(samples).toEqual([
      { id: 'x', path: join(root, 'x.npy'), labels: [] },
      { id: 'y.input', path: join(root, 'y.input.npy'), labels: [3] },
    ]);
  });

  it('says when there are none', async () => {
    await expect(openDataset({ type: 'tensors', root: makeTree({ 'a.txt': '' }) })).rejects.toThrow(
      /no .npy files in/,
    );
  });
});
