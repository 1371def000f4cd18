import { describe, expect, it } from 'vitest';
import { fileName, filePart } from '../../src/files/file-name.js';

describe.each([fileName, filePart])('%o', (nameOf) => {
  it('gives different names different files', () => {
    const names = [
      ...['猫 1', '犬 1', 'boat/x__y', 'boat__x/y', 'a b', 'a_b', 'a%20b', 'A b', '', ' ', '.', '..', '...'],
      ...[
        'é',
        'e\u0301',
        'a\nb',
        'a\rb',
        '\u0000',
        '🎈',
        '👩‍👩‍👧',
        '\u202egpj',
        'x/../y',
        'x\\y',
        '~',
        'a.b',
        'a_b',
      ],
      ...['x', 'y', 'z'].map((end) => 'a'.repeat(240) + end),
      ...['1', '2'].map((end) => '猫'.repeat(80) + end),
    ];
    const files = new Map(names.map((name) => [nameOf(name), name]));
    expect(files.size).toBe(new Set(names).size);
    for (const file of files.keys()) {
      expect(file).toMatch(/^[\p{L}\p{N}_.%~-]*$/u);
      expect(file).not.toMatch(/^\.+$/);
      expect(Buffer.byteLength(file)).toBeLessThanOrEqual(72);
    }
  });
});

it('can be read', () => {
  expect(fileName('lrp-epsilon-0.01')).toBe('lrp-epsilon-0.01');
  expect(fileName('file:maps/of mine')).toBe('file%3Amaps%2Fof%20mine');
  expect(filePart('ILSVRC2012_val_00000001')).toBe('ILSVRC2012_val_00000001');
  expect(filePart('猫 1.2')).toBe('猫%201%2E2');
  expect(fileName('x'.repeat(100))).toMatch(/^x{55}~[0-9a-f]{16}$/);
});
