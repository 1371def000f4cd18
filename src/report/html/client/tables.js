/** Says which tables are wider than the page, and opens folded parts for printing. */
export function startTables() {
  const watched = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const area = target.closest('.scroll');
      area?.classList.toggle('scrolls', area.scrollWidth > area.clientWidth);
    }
  });
  for (const area of document.querySelectorAll('.scroll')) {
    watched.observe(area);
    if (area.firstElementChild) watched.observe(area.firstElementChild);
  }
  /** @type {HTMLDetailsElement[]} */
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll('details')].filter((details) => !details.open);
    for (const details of opened) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}
