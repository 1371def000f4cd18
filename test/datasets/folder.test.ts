import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leftOutNotes } from '../../src/datasets/dataset.js';
import { openDataset } from '../../src/datasets/open.js';
import { InputError } from '../../src/errors.js';
import { jpeg, makeTree } from './tree.js';

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
    const { samples, classes, leftOut } = await openDataset({ type: 'folder', root });
    expect(samples).toEqual(
      ['a.PNG', 'b.jpg', 'c.jpeg'].map((name) => ({ id: name[0], path: join(root, name), labels: [] })),
    );
    expect(classes).toEqual([]);
    expect(leftOut).toEqual([
      { path: join(root, 'notes.txt'), reason: 'no image of a format that is read' },
      { path: join(root, 'sub'), reason: 'a folder beside images' },
    ]);
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

  it('makes no class of a folder without images, and says so', async () => {
    const root = makeTree({
      'dog/1.jpg': 'x',
      'cat/1.jpg': 'x',
      'cat/notes.txt': 'x',
      'cat/more/2.jpg': 'x',
      '_old/note.txt': 'x',
      '__MACOSX/._1.jpg': 'x',
      'readme.txt': 'x',
    });
    mkdirSync(join(root, 'bird'));
    const dataset = await openDataset({ type: 'folder', root });
    expect(dataset.classes).toEqual(['cat', 'dog']);
    expect(dataset.samples.map(({ id, labels }) => [id, labels])).toEqual([
      ['cat__1', [0]],
      ['dog__1', [1]],
    ]);
    expect(leftOutNotes(dataset)).toEqual([
      '2 left out, no image of a format that is read: readme.txt, cat/notes.txt',
      '3 left out, a folder without images: __MACOSX, _old, bird',
      '1 left out, a folder inside a class folder: cat/more',
    ]);
  });

  it('knows an image by its ending or by its content, and follows no link in a circle', async () => {
    const photo = await jpeg(4, 4);
    const images = ['a.jpg', 'b.jfif', 'c.jpe', 'd', 'e.0001', 'e.0002', 'f.JPEG'];
    const root = makeTree({
      ...Object.fromEntries(images.map((name) => [`cat/${name}`, photo])),
      'cat/g.bmp': 'BM',
      'cat/empty': '',
    });
    symlinkSync('loop.jpg', join(root, 'cat/loop.jpg'));
    symlinkSync('nothing.jpg', join(root, 'cat/gone.jpg'));
    symlinkSync('.', join(root, 'cat/itself'));
    const dataset = await openDataset({ type: 'folder', root });
    expect(dataset.samples.map(({ id }) => id)).toEqual(
      ['a', 'b', 'c', 'd', 'e.0001', 'e.0002', 'f'].map((stem) => `cat__${stem}`),
    );
    expect(leftOutNotes(dataset)).toEqual([
      '2 left out, no image of a format that is read: cat/empty, cat/g.bmp',
      '2 left out, neither a file nor a folder, or a link to none: cat/gone.jpg, cat/loop.jpg',
      '1 left out, a folder inside a class folder: cat/itself',
    ]);
  });

  it('gives no two images one id', async () => {
    const files = [
      'boat/x__y',
      'boat__x/y',
      'boat__x/_y',
      'boat__x_/y',
      'boat%5F_x/y',
      'boat_/z',
      'boat/_z',
      'boat/z',
    ];
    const root = makeTree(Object.fromEntries(files.map((path) => [`${path}.jpg`, 'x'])));
    const { samples } = await openDataset({ type: 'folder', root });
    const ids = new Map(samples.map(({ id, path }) => [path.slice(root.length + 1, -4), id]));
    expect(new Set(ids.values()).size).toBe(files.length);
    expect([ids.get('boat/x__y'), ids.get('boat/z')]).toEqual(['boat__x__y', 'boat__z']);
  });

  it('takes labels from labels.csv', async () => {
    const root = makeTree({
      'a.jpg': 'x',
      'b, c.jpg': 'x',
      'd.jpg': 'x',
      'labels.csv': 'id,label\na.jpg,0\nb, c,Cat\ngone,0\n',
      'l.txt': 'dog\ncat',
    });
    const dataset = await openDataset({ type: 'folder', root, labels: join(root, 'l.txt') });
    expect(dataset.samples.map(({ labels }) => labels)).toEqual([[0], [1], []]);
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
    [
      'an index that labels lack',
      { 'a.jpg': 'x', 'labels.csv': 'id,label\na,2', 'l.txt': 'cat\ndog' },
      /line 2\): expected a new id and a class name or index, got 'a,2'/,
    ],
    [
      'an id twice with and without ending',
      { 'a.jpg': 'x', 'labels.csv': 'id,label\na,0\na.jpg,1' },
      /line 3/,
    ],
    [
      'a name that labels have twice',
      { 'crane/a.jpg': 'x', 'l.txt': 'crane\ndog\ncrane' },
      /class folder .*got crane, which may be class 0 or 2/,
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
