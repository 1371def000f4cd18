import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetInput } from '../../src/datasets/config.js';
import { whyEmpty } from '../../src/datasets/dataset.js';
import { openDataset, readSampleBoxes } from '../../src/datasets/open.js';
import { InputError } from '../../src/errors.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { annotationXml, jpeg, makeTree } from './tree.js';

const open = (root: string, rest: Partial<Extract<DatasetInput, { type: 'voc' }>> = {}) =>
  openDataset({ ...rest, type: 'voc', root });

const devkit = async (year = 2007) => ({
  [`VOC${year}/JPEGImages/000001.jpg`]: await jpeg(100, 50),
  [`VOC${year}/JPEGImages/000002.jpg`]: await jpeg(100, 50),
  [`VOC${year}/JPEGImages/000003.jpg`]: await jpeg(100, 50),
  [`VOC${year}/Annotations/000001.xml`]: annotationXml(
    '000001.jpg',
    [100, 50],
    [
      { name: 'sheep', box: [1, 2, 100, 50] },
      { name: 'dog', box: [5, 5, 6, 6], difficult: 1 },
      { name: 'dog', box: [10, 20, 30, 40], truncated: 1 },
    ],
  ),
  [`VOC${year}/Annotations/000002.xml`]: annotationXml('000002.jpg', [100, 50], [{ name: 'dog' }]),
  [`VOC${year}/ImageSets/Main/test.txt`]: '000002\n000001\n000003\n000004\n',
  [`VOC${year}/ImageSets/Main/dog_test.txt`]: '000001  1\n000002 -1\n000003  0\n',
});

describe('voc', () => {
  it('lists a split with every class of an image', async () => {
    const root = makeTree(await devkit());
    const dataset = await open(root);
    const folder = join(root, 'VOC2007');
    expect(dataset.samples).toEqual(
      [1, 2].map((i) => ({
        id: `00000${i}`,
        path: join(folder, `JPEGImages/00000${i}.jpg`),
        annotation: join(folder, `Annotations/00000${i}.xml`),
        labels: i === 1 ? [11, 16] : [11],
      })),
    );
    expect(dataset.unlabelled).toEqual(['000003']);
    expect(dataset.missing).toEqual(['000004']);
    expect(dataset.classes[11]).toBe('dog');
  });

  it('says why it has no samples, where it has none', async () => {
    const tree = await devkit();
    tree['VOC2007/Annotations/000001.xml'] = annotationXml('000001.jpg', [100, 50], [{ name: 'yeti' }]);
    tree['VOC2007/ImageSets/Main/test.txt'] = '000001\n000003\n000004\n';
    const dataset = await open(makeTree(tree));
    expect(whyEmpty(dataset)).toBe(
      `no samples; 1 of unknown labels, the first 000001: annotation (${join(dataset.root, 'VOC2007/Annotations/000001.xml')}): unknown class 'yeti'; 1 listed, but not on disk: 000004; 1 without a label: 000003`,
    );
  });

  it('gives boxes from 1-based inclusive pixels, with difficult and truncated', async () => {
    const dataset = await open(makeTree(await devkit()));
    expect(await readSampleBoxes(dataset, dataset.samples[0] as never)).toEqual([
      { label: 16, difficult: false, truncated: false, left: 0, top: 1, right: 100, bottom: 50 },
      { label: 11, difficult: true, truncated: false, left: 4, top: 4, right: 6, bottom: 6 },
      { label: 11, difficult: false, truncated: true, left: 9, top: 19, right: 30, bottom: 40 },
    ]);
  });

  it('knows the classes of which every object is difficult', async () => {
    const xml = annotationXml(
      '000001.jpg',
      [100, 50],
      [{ difficult: 1 }, { name: 'sheep' }, { difficult: 1 }],
    );
    const { samples } = await open(makeTree({ ...(await devkit()), 'VOC2007/Annotations/000001.xml': xml }));
    expect(samples.map(({ labels, difficult }) => [labels, difficult])).toEqual([
      [[11, 16], [11]],
      [[11], undefined],
    ]);
  });

  it('takes several years as one data set, but no image twice', async () => {
    const later = Object.fromEntries(
      Object.entries(await devkit(2012)).map(([path, content]) => [
        path.replace('00000', '2008_00'),
        typeof content === 'string' ? content.replaceAll('00000', '2008_00') : content,
      ]),
    );
    const root = makeTree({ ...(await devkit(2007)), ...later });
    const { samples, missing } = await open(root, { year: [2007, 2012] });
    expect(samples.map(({ id }) => id)).toEqual(['000001', '000002', '2008_001', '2008_002']);
    expect(missing).toEqual(['000004', '2008_004']);
    expect((await open(root, { year: [2012, 2012] })).samples).toHaveLength(2);
    const twice = makeTree({ ...(await devkit(2007)), ...(await devkit(2012)) });
    await expect(open(twice, { year: [2007, 2012] })).rejects.toThrow(
      /image 00000\d lies in two years: .*VOC2007.* and .*VOC2012/,
    );
    await expect(open(root, { year: [2007, 2010] })).rejects.toThrow(
      /expected a folder VOC2007 and VOC2010, got VOC2007, VOC2012/,
    );
    await expect(open(join(root, 'VOC2007'), { year: [2007, 2012] })).rejects.toThrow(
      /expected 2007, got 2007, 2012/,
    );
  });

  it.each(['caf\u00e9_1', 'my img', 'my img 1', 'img(1)', 'b\u00e4r, no. 2', 'a.b'])(
    'takes the id %j, with or without ending or mark',
    async (id) => {
      for (const line of [id, `${id}.png`, `${id} 1`, id.normalize('NFD')]) {
        const root = makeTree({
          [`JPEGImages/${id}.png`]: 'x',
          [`Annotations/${id}.xml`]: annotationXml(`${id}.png`, [4, 4], [{}]),
          'ImageSets/Main/test.txt': `${line}\n`,
        });
        const { samples, missing, unlabelled } = await open(root);
        expect([samples.map((sample) => sample.id), missing, unlabelled]).toEqual([[id], [], []]);
      }
    },
  );

  it('keeps only images marked 1 of a split of one class', async () => {
    const { samples } = await open(makeTree(await devkit()), { split: 'dog_test' });
    expect(samples.map(({ id }) => id)).toEqual(['000001']);
  });

  it('takes the devkit or one year of it as root', async () => {
    const root = makeTree({ ...(await devkit(2007)), ...(await devkit(2012)) });
    expect((await open(root, { year: 2012 })).samples[0]?.path).toContain('VOC2012');
    expect((await open(join(root, 'VOC2007'))).samples[0]?.path).toContain('VOC2007');
    await expect(open(root)).rejects.toThrow(
      /a single VOC<year> folder \(else name the year\), got VOC2007, VOC2012/,
    );
    await expect(open(root, { year: 2008 })).rejects.toThrow(
      /expected a folder VOC2008, got VOC2007, VOC2012/,
    );
    await expect(open(join(root, 'VOC2007'), { year: 2012 })).rejects.toThrow(
      /year of PASCAL VOC .*expected 2007, got 2012/,
    );
  });

  it('takes classes of its own from a file', async () => {
    const root = makeTree({
      'labels.txt': 'mug\nclock\n',
      'JPEGImages/a.png': 'x',
      'Annotations/a.xml': annotationXml('a.png', [4, 4], [{ name: 'clock' }]),
      'ImageSets/Main/test.txt': 'a',
    });
    const { samples, classes } = await open(root, { labels: join(root, 'labels.txt') });
    expect([samples[0]?.labels, classes]).toEqual([[1], ['mug', 'clock']]);
  });

  it('lists an image with a broken annotation and goes on', async () => {
    const files = await devkit();
    for (const text of [
      '<annotation>',
      annotationXml('000002.jpg', [100, 50], [{ name: 'unicorn' }]),
      annotationXml('000001.jpg', [100, 50], []),
    ]) {
      const { samples, broken } = await open(makeTree({ ...files, 'VOC2007/Annotations/000002.xml': text }));
      expect(samples.map(({ id }) => id)).toEqual(['000001']);
      expect(broken).toEqual([
        { id: '000002', message: expect.stringMatching(/^annotation .*\(.*000002.xml\): /) },
      ]);
    }
  });

  it('reports boxes that do not fit when they are asked for', async () => {
    const files = await devkit();
    const xml = annotationXml('000002.jpg', [100, 50], [{ name: 'dog', box: [1, 1, 500, 500] }]);
    const dataset = await open(makeTree({ ...files, 'VOC2007/Annotations/000002.xml': xml }));
    await expect(readSampleBoxes(dataset, dataset.samples[1] as never)).rejects.toThrow(
      /box of 'dog' \(.*000002.xml\): expected min <= max inside 100 x 50/,
    );
  });

  it.each([
    [
      'a missing list',
      {},
      { split: 'val' },
      /no list of the split 'val' in .*: looked for ImageSets\/Main\/val.txt/,
    ],
    [
      'a path in a list',
      { 'VOC2007/ImageSets/Main/test.txt': '../../../etc/passwd\n' },
      {},
      /line 1\): expected an image id/,
    ],
    [
      'an image marked twice',
      { 'VOC2007/ImageSets/Main/test.txt': '000001 1\n000001 -1\n' },
      {},
      /line 2\): expected image 000001 marked 1, as before, got '000001 -1'/,
    ],
    ['a list of something else', { 'VOC2007/ImageSets/Main/test.txt': '000001 7\n' }, {}, /got '000001 7'/],
  ])('says clearly: %s', async (_, files, rest, message) => {
    const attempt = open(makeTree({ ...(await devkit()), ...files }), rest);
    await expect(attempt).rejects.toThrow(InputError);
    await expect(attempt).rejects.toThrow(message);
  });

  it('refuses a split that is a path', async () => {
    await expect(open('.', { split: '../../secret' })).rejects.toThrow(/a name in ImageSets/);
  });

  it.runIf(hasShared)(`lists the real images and boxes${needsShared}`, async () => {
    const root = shared('datasets', 'VOCdevkit');
    for (const [year, split, images, objects] of [
      [2007, 'test', 23, 69],
      [2012, 'val', 93, 248],
    ] as const) {
      const dataset = await open(root, { year, split });
      const { samples, broken, missing } = dataset;
      expect([samples.length, broken, missing]).toEqual([images, [], []]);
      const all = await Promise.all(samples.map((sample) => readSampleBoxes(dataset, sample)));
      expect(all.flat()).toHaveLength(objects);
      all.forEach((own, i) => {
        expect([...new Set(own.map(({ label }) => label))].sort((a, b) => a - b)).toEqual(samples[i]?.labels);
      });
    }
    const [first] = (await open(root, { year: 2007 })).samples;
    expect(first).toMatchObject({ id: '000001', labels: [11, 14] });
  });
});
