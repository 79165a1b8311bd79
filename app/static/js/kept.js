// What was typed at the desk survives a link followed by mistake, the back button and a lost session: it stays in this
// tab alone, until it is sent or its writer leaves the desk. Never a telephone number, never a password.
const PHONE = /1[3-9](?:[ -]?\d){9}|0\d{2,3}[ -]?\d{7,8}/;
const KEPT = 'textarea, select, input[type=text], input[type=date]';
const shelf = (() => {
  try { return window.sessionStorage; } catch { return null; }
})();
const mine = `desk:${document.querySelector('[data-keeper]')?.dataset.keeper}:`;

function names(start) {
  return Array.from({ length: shelf.length }, (_, place) => shelf.key(place)).filter((name) => name.startsWith(start));
}
function forget(start) {
  names(start).forEach((name) => shelf.removeItem(name));
}
function drawn(field) {
  return field.matches('select') ? (field.querySelector('option[selected]') ?? field.options[0])?.value ?? '' : field.defaultValue;
}
function read(name) {
  try { return JSON.parse(shelf.getItem(name)); } catch { return null; }
}

function keep(form) {
  const start = `${mine}${form.dataset.keeps}:`;
  const fields = [...form.querySelectorAll(KEPT)].filter((one) => one.id && !one.hasAttribute('data-replies'));
  for (const field of fields) {
    const kept = read(start + field.id);
    if (kept && (drawn(field) === '' || drawn(field) === kept.drawn) && field.value !== kept.value) {
      field.value = kept.value;
      const fold = field.closest('details');
      if (fold) fold.open = true;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    const store = () => {
      const name = start + field.id, before = read(name)?.drawn ?? drawn(field);
      if (field.value === before || PHONE.test(field.value)) return shelf.removeItem(name);
      try { shelf.setItem(name, JSON.stringify({ drawn: before, value: field.value })); } catch { /* full: the words are on the page */ }
    };
    field.addEventListener('input', store);
    field.addEventListener('change', store);
  }
  form.addEventListener('submit', (event) => {
    if (!event.submitter?.hasAttribute('formaction')) shelf.setItem(`${mine}sent`, start);
  });
}

if (shelf) {
  names('desk:').filter((name) => !name.startsWith(mine)).forEach((name) => shelf.removeItem(name));
  const sent = shelf.getItem(`${mine}sent`);
  if (sent) {
    shelf.removeItem(`${mine}sent`);
    if (document.querySelector('.noted')) forget(sent);
  }
  document.querySelectorAll('form[data-keeps]').forEach(keep);
  document.querySelector('form[data-leaves]')?.addEventListener('submit', () => forget('desk:'));
}
