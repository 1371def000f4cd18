import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnnotation, readAnnotation } from '../../src/datasets/annotation.js';
import { InputError } from '../../src/errors.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { annotationXml, makeTree } from './tree.js';

const parse = (text: string) => parseAnnotation(text, 'x.xml');
const dog = annotationXml('000001.jpg', [353, 500], [{ box: [48, 240, 195.5, 371], difficult: 1 }]);

describe('parseAnnotation', () => {
  it('reads one object, several and none', () => {
    const one = {
      name: 'dog',
      difficult: true,
      truncated: false,
      xmin: 48,
      ymin: 240,
      xmax: 195.5,
      ymax: 371,
    };
    expect(parse(dog)).toEqual({ image: '000001', size: { width: 353, height: 500 }, objects: [one] });
    expect(parse(annotationXml('a', [2, 2], [{}, {}])).objects).toHaveLength(2);
    expect(parse(annotationXml('a', [2, 2], [])).objects).toEqual([]);
  });

  it('takes a byte order mark, an XML declaration, comments, parts of objects and absent flags', () => {
    const text = `\ufeff<?xml version="1.0"?><!-- hand made --><annotation><size><width>9</width><height>8</height></size>
      <object><name>person</name><bndbox><xmax>4</xmax><xmin>1</xmin><ymax>5</ymax><ymin>2</ymin></bndbox>
      <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part></object></annotation>`;
    expect(parse(text)).toEqual({
      size: { width: 9, height: 8 },
      objects: [{ name: 'person', difficult: false, truncated: false, xmin: 1, ymin: 2, xmax: 4, ymax: 5 }],
    });
  });

  it.each([
    ['0.0597', true],
    ['0', false],
    ['0.0', false],
    ['1', true],
    ['Unspecified', false],
    ['', false],
    ['True', true],
    ['false', false],
  ])('reads a flag %j as tools write it', (text, flag) => {
    const written = dog
      .replace('<truncated>0', `<truncated>${text}`)
      .replace('<difficult>1', `<difficult>${text}`);
    expect(parse(written).objects[0]).toMatchObject({ truncated: flag, difficult: flag });
  });

  it.each(['', '<size/>', '<size><width>0</width><height>0</height><depth>0</depth></size>'])(
    'leaves the size to the image where it says %j',
    (size) => {
      const annotation = parse(dog.replace(/<size>.*<\/size>/, size));
      expect(annotation.size).toBeUndefined();
      expect(annotation.objects).toHaveLength(1);
    },
  );

  it.each(['../../../etc/passwd', 'C:\\Windows\\passwd', '/etc/passwd.jpg'])(
    'keeps only the stem of the file name %s',
    (name) => {
      expect(parse(annotationXml(name, [2, 2], [])).image).toBe('passwd');
    },
  );

  it.each([
    [
      'entity expansion',
      `<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${dog.replace('dog', '&b;')}`,
      /document type/,
    ],
    ['an external entity', `<!DOCTYPE a SYSTEM "file:///etc/passwd">${dog}`, /document type/],
    ['a stray entity', `<!ENTITY a SYSTEM "file:///etc/passwd">${dog}`, /document type/],
    ['deep nesting', `${'<annotation>'.repeat(50_000)}${'</annotation>'.repeat(50_000)}`, /x.xml/],
    ['a truncated file', dog.slice(0, dog.length / 2), /not well-formed XML, line \d+/],
    ['no XML', 'hello', /not well-formed|annotation/],
    ['an empty file', '', /annotation \(x.xml\)/],
    ['another root', '<html><body/></html>', /expected object/],
    ['a size that is no number', dog.replace('<width>353', '<width>wide'), /<size.width>: expected a number/],
    ['no box', dog.replace(/<bndbox>.*<\/bndbox>/, ''), /<object.0.bndbox>/],
    ['NaN', dog.replace('<xmin>48', '<xmin>NaN'), /<object.0.bndbox.xmin>: expected a number/],
    ['infinity', dog.replace('<xmin>48', '<xmin>1e999'), /expected a number/],
    ['a huge number', dog.replace('<xmin>48', `<xmin>${'9'.repeat(400)}`), /expected a number/],
    ['no name', dog.replace('dog', ''), /<object.0.name>/],
    ['a negative flag', dog.replace('<difficult>1', '<difficult>-1'), /<object.0.difficult>/],
    ['a flag of words', dog.replace('<difficult>1', '<difficult>hardly'), /<object.0.difficult>/],
    ['two sizes', dog.replace('<size>', '<size></size><size>'), /<size/],
  ])('refuses %s in one line', (_, text, message) => {
    const attempt = () => parse(text);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(message);
    try {
      attempt();
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('leaves entities as they stand, so that nothing expands', () => {
    expect(parse(dog.replace('dog', '&lt;&#100;&b;')).objects[0]?.name).toBe('&lt;&#100;&b;');
  });

  it('cannot be made to touch prototypes', () => {
    const text = dog.replace('<annotation>', '<annotation><__proto__><polluted>1</polluted></__proto__>');
    try {
      parse(text);
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('only ever throws InputError, whatever is changed', () => {
    fc.assert(
      fc.property(fc.nat(dog.length - 1), fc.string({ maxLength: 3 }), fc.nat(5), (at, text, cut) => {
        try {
          parse(dog.slice(0, at) + text + dog.slice(at + cut));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('readAnnotation', () => {
  it('refuses files over 1 MB before reading them', () => {
    const root = makeTree({ 'x.xml': Buffer.alloc(2 ** 20 + 1, ' ') });
    expect(() => readAnnotation(`${root}/x.xml`)).toThrow(
      /^size of an annotation .*x.xml\): expected at most 1048576 bytes, got 1048577$/,
    );
  });

  it.runIf(hasShared)(`reads every real annotation as its text says${needsShared}`, () => {
    for (const folder of [
      'ILSVRC2012/Annotations/val',
      'VOCdevkit/VOC2007/Annotations',
      'VOCdevkit/VOC2012/Annotations',
    ]) {
      for (const file of readdirSync(shared('datasets', folder))) {
        const text = readFileSync(shared('datasets', folder, file), 'utf8');
        const annotation = readAnnotation(shared('datasets', folder, file));
        const all = (tag: string) =>
          [...text.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map((match) => Number(match[1]));
        expect(annotation.image).toBe(file.replace('.xml', ''));
        expect([annotation.size?.width, annotation.size?.height]).toEqual([
          ...all('width'),
          ...all('height'),
        ]);
        for (const edge of ['xmin', 'ymin', 'xmax', 'ymax'] as const) {
          expect(annotation.objects.map((object) => object[edge])).toEqual(all(edge));
        }
      }
    }
  });
});
