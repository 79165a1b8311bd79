// Keying-in with the telephone at the ear: the place is found while it is typed (a combobox after the ARIA practices: the
// first match is marked, Enter takes it and goes on to the words), open cases that are like it are offered, Ctrl+Enter
// sends. Without this file a button looks for the place and the page offers the rest.
const PAUSE = 180, WORDS_PAUSE = 500;
const form = document.querySelector('form[data-key-in]');

function element(name, attributes, text) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function placeOf() {
  return form.querySelector('input[name=place]:checked, input[name=place][type=hidden]');
}

function choose(ref) {
  form.querySelector('[data-found]')?.remove();
  let hidden = form.querySelector('input[name=place][type=hidden]');
  if (!hidden) {
    hidden = element('input', { type: 'hidden', name: 'place' });
    form.prepend(hidden);
  }
  hidden.value = ref;
}

function combobox(input, next, changed) {
  const list = element('ul', { id: 'places', role: 'listbox', class: 'places', 'aria-label': form.querySelector('label[for=where]').textContent });
  const told = element('p', { class: 'unseen', role: 'status' });
  let timer = 0, asked = 0, at = -1;
  list.hidden = true;
  input.parentElement.append(list);
  input.parentElement.after(told);
  for (const [key, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'], ['aria-expanded', 'false'], ['aria-controls', 'places']]) input.setAttribute(key, value);

  function mark(place) {
    const options = [...list.children];
    at = options.length ? (place + options.length) % options.length : -1;
    options.forEach((one, index) => one.setAttribute('aria-selected', String(index === at)));
    if (at < 0) return input.removeAttribute('aria-activedescendant');
    input.setAttribute('aria-activedescendant', options[at].id);
    options[at].scrollIntoView({ block: 'nearest' });
  }
  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute('aria-expanded', 'false');
    mark(-1);
  }
  function take(option) {
    input.value = option.textContent;
    choose(option.dataset.ref);
    close();
    changed();
    next.focus();
  }
  function show(places) {
    list.replaceChildren(...places.map((one, index) => {
      const option = element('li', { id: `place-${index}`, role: 'option', translate: 'no', 'data-ref': one.ref }, one.words);
      option.addEventListener('mousedown', (event) => event.preventDefault()); // the field keeps the focus
      option.addEventListener('click', () => take(option));
      return option;
    }));
    list.hidden = !places.length;
    input.setAttribute('aria-expanded', String(!!places.length));
    told.textContent = places.length ? input.dataset.some : input.dataset.none;
    mark(places.length ? 0 : -1);
  }
  async function ask() {
    const words = input.value.trim(), mine = (asked += 1);
    if (!words) return close();
    try {
      const answer = await fetch(`${input.dataset.places}?${new URLSearchParams({ q: words })}`, { headers: { Accept: 'application/json' } });
      if (answer.ok && !answer.redirected && mine === asked) show((await answer.json()).places);
    } catch { /* no line: the button looks for it */ }
  }
  input.addEventListener('input', () => {
    choose('');
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const options = list.children;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) ask();
      else mark(at + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (!list.hidden && options[at]) take(options[at]);
      else if (placeOf()?.value) next.focus();
      else ask();
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab' && !list.hidden && options[at] && !event.shiftKey) {
      event.preventDefault();
      take(options[at]);
    }
  });
}

function watch(text) {
  const part = document.getElementById('same');
  let timer = 0, last = '', asked = 0;
  async function ask() {
    const place = placeOf()?.value ?? '', key = `${place}|${text.value}`, mine = (asked += 1);
    if (key === last) return;
    last = key;
    if (!place) return part.replaceChildren();
    const body = new FormData();
    body.set('csrf_token', form.elements.csrf_token.value);
    body.set('place', place);
    body.set('text', text.value);
    body.set('same', part.querySelector('input:checked')?.value ?? '');
    try {
      const answer = await fetch(text.dataset.alike, { method: 'POST', body });
      if (!answer.ok || answer.redirected || mine !== asked) return;
      const found = new DOMParser().parseFromString((await answer.json()).part, 'text/html').body;
      if (found.innerHTML !== part.dataset.shown) part.replaceChildren(...found.childNodes);
      part.dataset.shown = found.innerHTML;
    } catch { last = ''; }
  }
  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, WORDS_PAUSE);
  }
  text.addEventListener('input', later);
  return later;
}

if (form) {
  const where = form.elements.where, text = form.elements.text;
  combobox(where, text, watch(text));
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit(form.querySelector('button.go'));
    } else if (event.target.matches('input:not([type=checkbox], [type=radio])') && event.target !== where) {
      event.preventDefault(); // Enter in a line sends nothing half done
    }
  });
}
