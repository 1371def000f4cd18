import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeTree } from '../datasets/tree.js';
import { caffemodelBytes, input } from '../import/caffe-file.js';
import { builtHere } from './heatproof.js';

const PROTOTXT = `${input(3, 8, 8)}
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 2 kernel_size: 3 } }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 3 } }`;

const blob = (...dims: number[]) => ({ dims, data: Array(dims.reduce((a, b) => a * b)).fill(0.5) });
const fc = [blob(3, 72), blob(3)];
const caffemodel = Buffer.from(caffemodelBytes({ conv: [blob(2, 3, 3, 3), blob(2)], fc }));

/** The embedded sample in a folder of its own, with networks and images that something is wrong with. */
const root = makeTree({
  'net.prototxt': PROTOTXT,
  'invented.prototxt': PROTOTXT.replace('Convolution', 'Convulsion'),
  'net.caffemodel': caffemodel,
  'cut.caffemodel': caffemodel.subarray(0, caffemodel.length / 2),
  'other.caffemodel': Buffer.from(caffemodelBytes({ conv: [blob(2, 3, 5, 5), blob(2)], fc })),
  'text.JPEG': 'This is not an image.\n',
});
cpSync('datasets/sample', join(root, 'sample'), { recursive: true });
const voc = join(root, 'sample', 'VOCdevkit', 'VOC2007');
const halfOf = (file: string) => readFileSync(file).subarray(0, 2000);
writeFileSync(join(root, 'cut.onnx'), halfOf(join(root, 'sample', 'network.onnx')));
writeFileSync(join(root, 'cut.JPEG'), halfOf(join(voc, 'JPEGImages', '000001.jpg')));

const GOOD = {
  name: 'bad',
  model: 'sample/network.yaml',
  dataset: { type: 'voc', root: 'sample/VOCdevkit', labels: 'sample/classes.txt', limit: 4 },
  methods: ['lrp-zplus', 'random'],
  perturbation: { region: 16, steps: 4 },
};

/** What the command line says to this, which must be one line and leave nothing behind. */
async function complaint(...args: string[]): Promise<string> {
  const before = readdirSync(root);
  const { code, stdout, stderr } = await builtHere(args, { cwd: root });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^heatproof: [^\n]+\n$/);
  expect(readdirSync(root)).toEqual(before);
  return stderr.slice('heatproof: '.length, -1).replaceAll(root, '');
}

const toConfig = async (changes: Record<string, unknown>) => {
  const text = stringify({ ...GOOD, ...changes });
  writeFileSync(join(root, 'bad.yaml'), text);
  return complaint('run', 'bad.yaml', '--out', 'out');
};

describe('a command line gets one line for', () => {
  it.each([
    [['rnu', 'bad.yaml'], "unknown command 'rnu' (did you mean 'run'?); see heatproof --help"],
    [[], 'expected a command; see heatproof --help'],
    [['run'], 'expected heatproof run <config>; see heatproof run --help'],
    [
      ['explain', 'a.png', '--model', 'a.onnx', '--method', 'random', '--scale', 'comon'],
      "--scale: expected one of each, common, got 'comon'; see heatproof explain --help",
    ],
    [['merge', 'a', 'b'], 'expected --out; see heatproof merge --help'],
    [['explain', 'a.png'], 'expected --model and --method, or --config; see heatproof explain --help'],
    [['run', 'a.yaml', 'b.yaml'], 'unexpected argument: b.yaml; see heatproof run --help'],
    [
      ['run', 'a.yaml', '--overwirte'],
      "unknown option '--overwirte' (did you mean 'overwrite'?); see heatproof run --help",
    ],
    [
      ['explain', '--modle', 'a.onnx'],
      "unknown option '--modle' (did you mean 'model'?); see heatproof explain --help",
    ],
    [['run', 'a.yaml', '--out', 'a', '--out', 'b'], '--out: expected once, got 2 times'],
    [['run', 'a.yaml', '--workers', '0'], '--workers: expected a whole number of at least 1, got 0'],
    [['run', 'a.yaml', '--limit', 'few'], '--limit: expected a whole number of at least 1, got no number'],
    [['run', 'a.yaml', '--shard', '3/2'], "--shard: expected I/N with 1 <= I <= N, got '3/2'"],
    [['run', 'a.yaml', '--resume', '--overwrite'], '--resume and --overwrite exclude each other'],
    [['run', 'nowhere.yaml'], 'cannot read /nowhere.yaml: does not exist'],
    [
      ['inspect', 'net.h5'],
      'network file (net.h5): expected .onnx, .json, .caffemodel, .prototxt, or a descriptor .yaml, .yml, got .h5',
    ],
  ])('%j', async (args, said) => {
    expect(await complaint(...args)).toBe(said);
  });
});

describe('an experiment gets one line for', () => {
  it.each([
    [
      'weights that are not there',
      { model: { weights: 'nowhere.onnx' } },
      "cannot read '/nowhere.onnx': no such file or directory",
    ],
    [
      'weights that can be fetched',
      { model: { weights: 'squeezenet_v1.1/squeezenet_v1.1.caffemodel', prototxt: 'net.prototxt' } },
      "cannot read '/squeezenet_v1.1/squeezenet_v1.1.caffemodel': no such file; 'heatproof fetch squeezenet' gets it",
    ],
    [
      'a truncated ONNX file',
      { model: { weights: 'cut.onnx' } },
      '/cut.onnx: expected a whole ONNX model, got 2000 bytes that end or break off: index out of range: 2000 + 1 > 2000',
    ],
    [
      'a truncated caffemodel',
      { model: { weights: 'cut.caffemodel', prototxt: 'net.prototxt' } },
      /^\/cut\.caffemodel: expected a whole caffemodel, got \d+ bytes that end or break off: index out of range: \d+ \+ \d+ > \d+$/,
    ],
    [
      'a layer that does not exist',
      { model: { weights: 'net.caffemodel', prototxt: 'invented.prototxt' } },
      "/net.caffemodel: unsupported operators: Convulsion at 'conv'",
    ],
    [
      'weights of the wrong shape',
      { model: { weights: 'other.caffemodel', prototxt: 'net.prototxt' } },
      "/other.caffemodel: weights (layer 'conv', blob 0): expected shape [2,3,3,3], got [2,3,5,5]",
    ],
    [
      'a network that is none',
      { model: { weights: 'text.JPEG' } },
      'network file (/text.JPEG): expected .onnx, .json, .caffemodel, .prototxt, got .jpeg',
    ],
    [
      'a data set that is not there',
      { dataset: { ...GOOD.dataset, root: 'nowhere' } },
      'data set: /nowhere is not a folder',
    ],
    [
      'a misspelt key',
      { perturbation: { region: 16, stesp: 4 } },
      "unknown key 'stesp' (/bad.yaml, key perturbation) (did you mean 'steps'?)",
    ],
    [
      'a misspelt method',
      { methods: ['random', 'lrp-alhpa2-beta1'] },
      /^unknown method 'lrp-alhpa2-beta1' \(did you mean 'lrp-alpha2-beta1'\?\)/,
    ],
    ['a method given twice', { methods: ['random', 'random'] }, "methods: 'random' stands there twice"],
    [
      'more steps than regions',
      { perturbation: { region: 16, steps: 65 } },
      /^perturbation\.steps \(network sample\): expected at most 64.*, got 65$/,
    ],
    [
      'a number out of range',
      { perturbation: { region: 0 } },
      /^config value \(\/bad\.yaml, key perturbation\.region\): .*, got 0$/,
    ],
    [
      'an unset variable',
      { dataset: { ...GOOD.dataset, root: `\${HEATPROOF_NOWHERE}` } },
      'environment variable HEATPROOF_NOWHERE (/bad.yaml): expected a value, got nothing set',
    ],
  ])('%s', async (_, changes, said) => {
    const line = await toConfig(changes);
    if (typeof said === 'string') expect(line).toBe(said);
    else expect(line).toMatch(said);
  });
});

describe('heatproof explain gets one line for', () => {
  it.each([
    ['half a JPEG', 'cut.JPEG', 'not a readable image (cut.JPEG): VipsJpeg: premature end of JPEG image'],
    [
      'text that is called .JPEG',
      'text.JPEG',
      'not an image (text.JPEG): expected a JPEG, PNG, WebP, GIF, TIFF, AVIF file, got a file that starts with "This is not an i"',
    ],
    ['an image that is not there', 'nowhere.JPEG', 'cannot read nowhere.JPEG: does not exist'],
  ])('%s', async (_, image, said) => {
    const args = ['--model', 'sample/network.yaml', '--method', 'random', '--image', image, '--out', 'out'];
    expect(await complaint('explain', ...args)).toBe(said);
  });

  it('two images whose results would have one name', async () => {
    const args = [
      'a/x.png',
      'b/x.jpg',
      '--model',
      'sample/network.yaml',
      '--method',
      'random',
      '--out',
      'out',
    ];
    expect(await complaint('explain', ...args)).toBe(
      "name of an input (b/x.jpg): expected a different one each, since results are named after it, got 'x' of a/x.png, too",
    );
  });
});

describe('broken images', () => {
  const image = (id: string) => join(voc, 'JPEGImages', `${id}.jpg`);
  const annotation = (id: string) => join(voc, 'Annotations', `${id}.xml`);
  const run = (split: string, ids: readonly string[]) => {
    writeFileSync(join(voc, 'ImageSets', 'Main', `${split}.txt`), `${ids.join('\n')}\n`);
    const dataset = { type: 'voc', root: 'sample/VOCdevkit', labels: 'sample/classes.txt', split };
    writeFileSync(join(root, 'broken.yaml'), stringify({ ...GOOD, name: 'broken', dataset, boxes: {} }));
    return builtHere(['run', 'broken.yaml', '--out', join('results', split), '--quiet'], { cwd: root });
  };

  it('do not end a run: they are listed and counted, and the others give what they give alone', async () => {
    mkdirSync(join(root, 'results'));
    writeFileSync(image('000002'), halfOf(image('000002')));
    writeFileSync(image('000003'), 'This is not an image.\n');
    writeFileSync(annotation('000004'), readFileSync(annotation('000005')));
    writeFileSync(annotation('000006'), '<!DOCTYPE annotation [<!ENTITY x "x">]><annotation/>');
    rmSync(image('000007'));
    const all = await run('all', [
      '000001',
      '000002',
      '000003',
      '000004',
      '000005',
      '000006',
      '000007',
      '000008',
    ]);
    expect({ code: all.code, stderr: all.stderr }).toEqual({ code: 3, stderr: '' });
    const { images } = JSON.parse(readFileSync(join(root, 'results', 'all', 'summary.json'), 'utf8'));
    const reasons = Object.fromEntries(
      images.failed.map(({ image, reason }: { image: string; reason: string }) => [
        image,
        reason.replaceAll(root, ''),
      ]),
    );
    expect(images).toMatchObject({ done: 3, missing: 1 });
    expect(reasons).toEqual({
      '000002': expect.stringMatching(/^not a readable image \(.*000002\.jpg\): /),
      '000003': expect.stringMatching(/^not an image \(.*000003\.jpg\): expected a JPEG, /),
      '000004': expect.stringMatching(/^annotation .*000004\.xml.*000005/),
      '000006': expect.stringMatching(/^annotation \(.*000006\.xml\): expected XML without a document type/),
    });
    expect(all.stdout).toContain('failed: 4\n  000004: annotation');

    const intact = await run('intact', ['000001', '000005', '000008']);
    expect(intact.code).toBe(0);
    for (const file of ['curves.csv', 'aopc.csv', 'boxes.csv', 'context.csv']) {
      const [got, wanted] = ['all', 'intact'].map((split) =>
        readFileSync(join(root, 'results', split, file), 'utf8'),
      );
      expect(got).toBe(wanted);
    }
    expect(existsSync(join(root, 'results', 'all', 'report.html'))).toBe(true);
  });
});
