import { expect, test } from 'vitest';
import { html, jsonBlock } from '../../../src/report/html/markup.js';
import { ATTACKS } from './sample.js';

test('values are escaped, in text and in attributes of either quote', () => {
  const value = `<b title="x" class='y'>&amp;`;
  const escaped = '&lt;b title=&quot;x&quot; class=&#39;y&#39;&gt;&amp;amp;';
  expect(String(html`<p>${value}</p>`)).toBe(`<p>${escaped}</p>`);
  expect(String(html`<p title="${value}">`)).toBe(`<p title="${escaped}">`);
});

test('markup stays, lists are joined, undefined and false leave nothing, zero is a number', () => {
  const items = ['<1>', 2].map((item) => html`<li>${item}</li>`);
  expect(String(html`<ul>${items}</ul>${undefined}${false}${0}`)).toBe(
    '<ul><li>&lt;1&gt;</li><li>2</li></ul>0',
  );
});

test('an object that pretends to be markup is escaped like any text', () => {
  const forged = { toString: () => '<script>' };
  expect(() => String(html`${forged as never}`)).toThrow();
});

test.each(ATTACKS)('%s cannot end a block of data, and comes back unchanged', (attack) => {
  const block = String(jsonBlock('data', { [attack]: attack }));
  expect(block.slice(1, -1)).not.toMatch(/<(?!\/script$)/);
  const json = block.slice('<script type="application/json" class="data">'.length, -'</script>'.length);
  expect(JSON.parse(json)).toEqual({ [attack]: attack });
});
