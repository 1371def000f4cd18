import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDataset } from '../../src/datasets/check.js';
import { annotationXml, jpeg, makeTree } from './tree.js';

const image = 'ILSVRC2012_val_00000001';

describe('checkDataset', () => {
  it('finds nothing wrong with a whole ILSVRC2012', async () => {
    const root = makeTree({
      [`val/${image}.JPEG`]: await jpeg(10, 10),
      [`Annotations/val/${image}.xml`]: annotationXml(
        image,
        [10, 10],
        [{ name: 'n01440764', box: [0, 0, 9, 9] }],
      ),
      'LOC_val_solution.csv': `ImageId,PredictionString\n${image},n01440764 0 0 9 9\n`,
    });
    const { ok, findings, expected } = await checkDataset({ type: 'ilsvrc2012', root });
    expect(ok).toBe(true);
    expect(findings).toEqual([
      { state: 'good', text: `labels: ${join(root, 'LOC_val_solution.csv')}` },
      { state: 'good', text: `annotations: ${join(root, 'Annotations/val')}` },
      { state: 'good', text: '1 sample ready to use' },
      { state: 'good', text: 'opened 1 images with their boxes: 1 fit' },
    ]);
    expect(expected).toContain('ILSVRC2012_img_val.tar');
  });

  it('names all that is missing at once, and what may be missing', async () => {
    const { ok, findings } = await checkDataset({ type: 'ilsvrc2012', root: makeTree({ 'x.txt': '' }) });
    expect(ok).toBe(false);
    expect(findings.map(({ state, text }) => [state, text.replace(/ in \S+/, ' in ROOT')])).toEqual([
      ['warning', expect.stringMatching(/^no labels in ROOT needed for the true class/)],
      ['warning', expect.stringMatching(/^no annotations in ROOT needed for box metrics/)],
      ['bad', expect.stringMatching(/^no images in ROOT/)],
    ]);
  });

  it('says once that flat images need the labels that are missing', async () => {
    const root = makeTree({ 'val/ILSVRC2012_val_00000001.JPEG': await jpeg(10, 10) });
    const { findings } = await checkDataset({ type: 'ilsvrc2012', root });
    expect(findings.map(({ state, text }) => [state, text.split(' in ')[0]])).toEqual([
      ['warning', 'no annotations'],
      ['bad', 'no labels'],
    ]);
  });

  it('names missing parts of PASCAL VOC and opens some images', async () => {
    const root = makeTree({ 'VOC2007/JPEGImages/1.jpg': await jpeg(10, 10) });
    const before = await checkDataset({ type: 'voc', root });
    expect(before.ok).toBe(false);
    expect(before.findings.filter(({ state }) => state === 'bad')).toHaveLength(2);
    const whole = makeTree({
      'VOC2007/JPEGImages/1.jpg': await jpeg(10, 10),
      'VOC2007/JPEGImages/2.jpg': 'not an image',
      'VOC2007/Annotations/1.xml': annotationXml('1.jpg', [10, 10], [{ name: 'dog' }]),
      'VOC2007/Annotations/2.xml': annotationXml('2.jpg', [10, 10], [{ name: 'dog' }]),
      'VOC2007/ImageSets/Main/test.txt': '1\n2\n3\n',
    });
    const { ok, findings } = await checkDataset({ type: 'voc', root: whole });
    expect(ok).toBe(true);
    expect(findings.slice(3)).toEqual([
      { state: 'good', text: '2 samples ready to use' },
      { state: 'warning', text: '1 listed, but not on disk: 3' },
      { state: 'warning', text: 'opened 2 images with their boxes: 1 fit' },
      { state: 'warning', text: expect.stringMatching(/^not an image \(.*2.jpg\)/) },
    ]);
  });

  it('says when the folder does not exist', async () => {
    expect(await checkDataset({ type: 'folder', root: '/no/such' })).toMatchObject({
      ok: false,
      findings: [{ state: 'bad', text: 'data set: /no/such is not a folder' }],
    });
  });
});
