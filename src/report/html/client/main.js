import { sampleOf } from './chart.js';
import { startCurves } from './curves.js';
import { byId, dataOf } from './dom.js';
import { startGallery } from './gallery.js';
import { startTables } from './tables.js';

/** @import { PageData } from './types.js' */

const page = /** @type {PageData} */ (dataOf('page-data'));
startTheme();
for (const patch of /** @type {NodeListOf<HTMLElement>} */ (
  document.querySelectorAll('.swatch[data-series]')
)) {
  const method = page.methods[Number(patch.dataset.series)];
  if (method) patch.replaceWith(sampleOf(method));
}
startCurves(page);
startGallery(page);
startTables();

/** The button that turns the page dark or light, whatever the system prefers. */
function startTheme() {
  const button = byId('theme');
  if (!button) return;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = () =>
    (document.documentElement.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const name = () => {
    button.textContent = dark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `turn the page ${dark() ? 'light' : 'dark'}`);
  };
  button.hidden = false;
  button.addEventListener('click', () => {
    document.documentElement.dataset.theme = dark() ? 'light' : 'dark';
    name();
  });
  system.addEventListener('change', name);
  name();
}
