// Words typed at a door survive a page that was lost: they stay in this tab alone, until the receipt shows. And a
// second tap at once with the same words is the same tap.
const TAP = 1000;
const form = document.querySelector('form[data-keep]');
const shelf = (() => {
  try { return window.sessionStorage; } catch { return null; }
})();

if (form && shelf) {
  const text = form.elements.text, place = `said:${form.dataset.keep}`;
  const kept = shelf.getItem(place);
  if (kept && !text.value) {
    text.value = kept;
    const note = form.querySelector('[data-kept]');
    if (note) note.hidden = false;
  }
  text.addEventListener('input', () => {
    try {
      if (text.value) shelf.setItem(place, text.value);
      else shelf.removeItem(place);
    } catch { /* full: the words are on the page */ }
  });
}
const said = document.querySelector('[data-said]');
if (said && shelf) shelf.removeItem(`said:${said.dataset.said}`);

if (form) {
  let tapped = 0, words = '';
  document.addEventListener('submit', (event) => {
    if (event.target !== form || event.defaultPrevented) return; // somebody else waits for something first
    const now = performance.now();
    if (tapped && now - tapped < TAP && form.elements.text.value === words) return event.preventDefault();
    tapped = now;
    words = form.elements.text.value;
  });
  window.addEventListener('pageshow', () => { tapped = 0; });
}
