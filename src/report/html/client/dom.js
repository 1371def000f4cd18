/**
 * An element with attributes and children. Texts become text nodes: nothing is ever read as markup.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function element(name, attributes = {}, ...children) {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, String(value));
  created.append(...children);
  return created;
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function drawn(name, attributes = {}, ...children) {
  const created = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, String(value));
  created.append(...children);
  return created;
}

/**
 * The data that page.ts wrote into a block.
 * @param {string} name
 * @param {ParentNode} within
 */
export function dataOf(name, within = document) {
  return JSON.parse(within.querySelector(`script.${name}`)?.textContent ?? 'null');
}

/**
 * An element that page.ts wrote.
 * @param {string} id
 */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * A number for people, three significant digits.
 * @param {number} value
 */
export function short(value) {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(1)
      : String(Number(value.toPrecision(3)));
  return text.replace(/-/g, '−').replace('e+', 'e');
}
