// The queue by keyboard, and what came into it meanwhile. Without this everything still works by mouse and Tab: the
// boxes are ticked, the two buttons under the table lead to a page of their own. Nothing here moves the focus unless
// a key or a button asked for it.
const EVERY = 4000, AT_MOST = 30000, PAGES = 8, OFF = 'desk-keys-off', PLACE = 'desk-queue-place';
const list = document.querySelector('[data-queue]'), bar = document.querySelector('[data-news-bar]');
const form = document.querySelector('form[data-bulk]'), help = document.getElementById('keys');
const say = bar ? bar.dataset : {};

const rows = () => [...list.querySelectorAll('tr[data-case]')];
const rowOf = (number) => list.querySelector(`tr[data-case="${number}"]`);
const linkOf = (row) => row && row.querySelector('.what a, td a');
const boxOf = (row) => row && row.querySelector('input[name="case"]');
const ticked = () => rows().map(boxOf).filter((box) => box && box.checked);
const filled = (words, n) => words.replace('{n}', n);

function shelf(kind) {
  try { return window[kind]; } catch { return null; }
}
const kept = shelf('localStorage'), tab = shelf('sessionStorage');

// ---- ticks ---------------------------------------------------------------------------------------------

function countTicks() {
  const place = form && form.querySelector('[data-ticked]');
  if (!place) return;
  const many = ticked().length;
  place.textContent = many ? filled(say.ticked, many) : '';
}

function offerAll() {
  const head = list.querySelector('thead th.tickbox');
  if (!form || !head || head.querySelector('input')) return;
  const all = document.createElement('input');
  all.type = 'checkbox';
  all.setAttribute('aria-label', say.all);
  all.addEventListener('change', () => {
    rows().map(boxOf).forEach((box) => { if (box) box.checked = all.checked; });
    countTicks();
  });
  head.replaceChildren(all);
}

// ---- the page of the ticked cases, as a sheet over the queue -------------------------------------------

async function drawn(url) {
  const answer = await fetch(url, { redirect: 'manual', headers: { Accept: 'text/html' } });
  if (answer.type === 'opaqueredirect') throw new Error('ended');
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), 'text/html');
}

function sheetOf(found) {
  const sheet = document.createElement('dialog');
  sheet.className = 'sheet';
  sheet.setAttribute('aria-labelledby', 'picked-h');
  const leave = document.createElement('button');
  leave.type = 'button';
  leave.className = 'bare';
  leave.textContent = say.leave;
  leave.addEventListener('click', () => sheet.close());
  sheet.append(document.adoptNode(found), leave);
  sheet.addEventListener('close', () => sheet.remove());
  return sheet;
}

async function ask(act, from) {
  if (!form) return;
  if (!ticked().length) return tell(say.tickFirst);
  const asked = new URLSearchParams(new FormData(form));
  asked.set('do', act);
  const url = `${form.action}?${asked}`;
  let found = null;
  try { found = (await drawn(url)).querySelector('[data-picked]'); } catch { /* the page itself says what is wrong */ }
  if (!found) return location.assign(url);
  const sheet = sheetOf(found);
  document.body.append(sheet);
  sheet.addEventListener('close', () => from && from.isConnected && from.focus());
  sheet.querySelector('form').addEventListener('submit', keepPlace);
  sheet.showModal();
  const first = sheet.querySelector('select');
  if (first) first.focus();
}

function keepPlace() {
  try { tab.setItem(PLACE, JSON.stringify([location.search, scrollY])); } catch { /* then the list begins on top */ }
}

function goBackToPlace() {
  let place = null;
  try {
    place = JSON.parse(tab.getItem(PLACE));
    tab.removeItem(PLACE);
  } catch { /* none */ }
  if (place && place[0] === location.search) window.scrollTo({ top: place[1], behavior: 'instant' });
}

// ---- keys ----------------------------------------------------------------------------------------------

let areOff = false;
try { areOff = Boolean(kept.getItem(OFF)); } catch { /* nothing is kept here */ }
const isTyping = (one) => one.closest('input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable]');

function current() {
  return document.activeElement.closest ? document.activeElement.closest('tr[data-case]') : null;
}

function move(by) {
  const all = rows(), here = all.indexOf(current());
  const next = here < 0 ? all[by > 0 ? 0 : all.length - 1] : all[here + by];
  const link = linkOf(next);
  if (!link) return;
  link.focus();
  next.scrollIntoView({ block: 'nearest', behavior: 'instant' });
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  x: () => {
    const box = boxOf(current());
    if (!box) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event('change', { bubbles: true }));
  },
  t: () => ask('triage', linkOf(current())),
  a: () => ask('assign', linkOf(current())),
  '/': () => {
    const find = document.querySelector('form[role="search"] input[type="search"], form[role="search"] input:not([type="hidden"]), form[role="search"] select');
    if (find) find.focus();
  },
  '?': () => help.showModal(),
};

function pressed(event) {
  const { key, target } = event;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector('dialog[open]')) return; // its own Esc closes it
  if (key === 'Escape') return document.activeElement.blur();
  if (!Object.hasOwn(KEYS, key) || isTyping(target)) return;
  const isArrow = key.startsWith('Arrow');
  if (isArrow ? !current() || event.shiftKey : areOff) return;
  event.preventDefault();
  KEYS[key]();
}

// ---- what came meanwhile -------------------------------------------------------------------------------

const waiting = new Set();
let address = list && list.dataset.news, pause = EVERY, timer = 0, busy = false, hasEnded = false;

function tell(words, button) {
  if (bar.dataset.said === words && !button === !bar.querySelector('button')) return;
  bar.dataset.said = words;
  const line = document.createElement('p');
  line.textContent = words;
  bar.replaceChildren(...(words ? [line] : []), ...(button ? [button] : []));
}

function tellNew() {
  if (!waiting.size) return;
  const before = bar.querySelector('button'), words = filled(say.came, waiting.size);
  if (before) {
    before.previousElementSibling.textContent = words;
    bar.dataset.said = words;
    return;
  }
  const look = document.createElement('button');
  look.type = 'button';
  look.textContent = say.look;
  look.addEventListener('click', () => fetchRows(look));
  tell(words, look);
}

function withoutPlace() {
  const url = new URL(location.href);
  url.searchParams.delete('after');
  url.hash = '';
  return url;
}

// The rows of these cases out of the list itself, as the server draws it; what is found is taken off `wanted`.
async function seek(wanted) {
  const added = [];
  let url = withoutPlace(), first = null;
  for (let page = 0; url && wanted.size && page < PAGES; page += 1) {
    const found = await drawn(url);
    first = first || found;
    for (const row of found.querySelectorAll('[data-queue] tr[data-case]')) {
      if (wanted.delete(row.dataset.case)) added.push(row);
    }
    const on = [...found.querySelectorAll('.pager a[href*="after="]')].pop();
    url = on ? new URL(on.getAttribute('href'), location.href) : null;
  }
  return { added, first };
}

// Where the list is narrowed further than the news are, only what is in it is told. Not where a caller is looked for:
// each look is written down.
async function ofThisList(numbers) {
  const known = ['state', 'community', 'after', 'lang'];
  const others = [...new URLSearchParams(location.search)].filter(([name, value]) => value && !known.includes(name));
  if (!numbers.length || !others.length || others.some(([name]) => name === 'caller')) return numbers;
  const wanted = new Set(numbers);
  await seek(wanted);
  return numbers.filter((number) => !wanted.has(number));
}

// There was no list yet: nothing to keep in its place.
function putAll(first) {
  list.replaceChildren(...first.querySelector('[data-queue]').children);
  const said = document.querySelector('.head .hint'), anew = first.querySelector('.head .hint');
  if (said && anew) said.textContent = anew.textContent;
  offerAll();
}

async function fetchRows(look) {
  look.disabled = true;
  const asked = [...waiting], wanted = new Set(asked);
  let found = null;
  try {
    found = await seek(wanted);
  } catch (fault) {
    look.disabled = false;
    return fault.message === 'ended' ? end() : tell(say.lost);
  }
  const { added, first: page } = found;
  if (!list.querySelector('tbody')) putAll(page);
  asked.forEach((number) => waiting.delete(number)); // what came while they were fetched is told next
  const isSeen = putOnTop(added);
  tell([added.length ? filled(say.onTop, added.length) : '', wanted.size ? filled(say.behind, wanted.size) : ''].join(''));
  // the button that was pressed is gone: on to the first of them, or, where nobody's place moves, to what is said
  const first = isSeen ? linkOf(added[0] || rows()[0]) : null;
  bar.tabIndex = -1;
  (first || bar).focus({ preventScroll: true });
  tellNew();
}

// Put on top of what is there; says whether that is in sight. Where the list was scrolled it stays in its place.
function putOnTop(added) {
  const body = list.querySelector('tbody');
  if (!body) return true;
  const isSeen = body.getBoundingClientRect().top >= 0;
  const change = () => {
    for (const row of [...added].reverse()) {
      if (rowOf(row.dataset.case)) continue;
      body.prepend(document.adoptNode(row));
      mark(row, 'fresh', say.fresh);
    }
  };
  if (isSeen) change();
  else steadily(change);
  return isSeen;
}

function steadily(change) {
  const still = rows().find((row) => row.getBoundingClientRect().top >= 0) || list;
  const before = still.getBoundingClientRect().top;
  change();
  window.scrollBy({ top: still.getBoundingClientRect().top - before, behavior: 'instant' });
}

function mark(row, kind, words) {
  const made = document.createElement('small');
  made.className = kind;
  made.textContent = words;
  (row.querySelector('.what') || row.lastElementChild).append(made);
}

function markChanged(number, version) {
  const row = rowOf(number), box = boxOf(row);
  if (!row || row.querySelector('.changed')) return;
  if (box && Number(box.value.split(':')[1]) >= version) return;
  mark(row, 'soon changed', say.changed);
}

function moveCounts(tabs) {
  for (const [key, by] of Object.entries(tabs)) {
    for (const link of document.querySelectorAll('.tabs a')) {
      const number = link.querySelector('span'), state = new URL(link.href).searchParams.get('state');
      if (state === key && number && /^\d+$/.test(number.textContent.trim())) {
        number.textContent = Math.max(0, Number(number.textContent) + by);
      }
    }
  }
}

async function showUrgent(numbers) {
  const missing = numbers.filter((number) => !document.getElementById(`urgent-${number}`));
  if (!missing.length) return;
  const found = await drawn(location.href), place = document.getElementById('main');
  for (const number of missing) {
    const head = found.getElementById(`urgent-${number}`), alert = head && head.closest('.alert');
    if (!alert) continue;
    const live = document.createElement('div');
    live.className = 'at-once';
    live.setAttribute('role', 'alert');
    steadily(() => {
      place.prepend(live);
      live.append(document.adoptNode(alert));
    });
  }
}

function end() {
  hasEnded = true;
  clearTimeout(timer);
  tell(say.ended);
}

async function look() {
  if (busy || hasEnded || document.hidden) return;
  busy = true;
  try {
    const answer = await fetch(address, { redirect: 'manual', headers: { Accept: 'application/json' } });
    if (answer.type === 'opaqueredirect' || answer.status === 401 || answer.status === 403) return end();
    if (answer.status === 200) await take(await answer.json());
    else if (answer.status !== 204) throw new Error(`answered ${answer.status}`);
    if (bar.dataset.said === say.lost) {
      tell('');
      tellNew();
    }
    pause = EVERY;
  } catch {
    pause = Math.min(pause * 2, AT_MOST);
    if (!waiting.size) tell(say.lost);
  } finally {
    busy = false;
    later(pause);
  }
}

async function take(told) {
  const next = new URL(address, location.href);
  next.searchParams.set('place', told.place);
  address = next.pathname + next.search;
  const came = await ofThisList(told.new.filter((number) => !rowOf(number)));
  came.forEach((number) => waiting.add(number));
  Object.entries(told.changed).forEach(([number, version]) => markChanged(number, version));
  moveCounts(told.tabs);
  tellNew();
  await showUrgent(told.urgent);
}

function later(wait) {
  clearTimeout(timer);
  if (!hasEnded && !document.hidden) timer = setTimeout(look, wait);
}

// ---- wiring --------------------------------------------------------------------------------------------

if (list && bar && help) {
  document.addEventListener('keydown', pressed);
  const open = document.createElement('button'); // also for who may tick nothing: the way to switch keys on again
  open.type = 'button';
  open.className = 'bare keys-open';
  open.textContent = say.keys;
  open.addEventListener('click', () => help.showModal());
  (form || document.querySelector('.pager') || list).append(open);
  const off = help.querySelector('[data-keys-off]');
  off.checked = areOff;
  off.addEventListener('change', () => {
    areOff = off.checked;
    try {
      if (off.checked) kept.setItem(OFF, '1');
      else kept.removeItem(OFF);
    } catch { /* it holds for this page alone */ }
  });
  list.addEventListener('change', countTicks);
  if (form) {
    form.addEventListener('submit', (event) => {
      if (!event.submitter) return;
      event.preventDefault();
      ask(event.submitter.value, event.submitter);
    });
  }
  offerAll();
  countTicks();
  goBackToPlace();
  window.addEventListener('pageshow', countTicks);
  if (address) {
    document.addEventListener('visibilitychange', () => later(0));
    look();
  }
}
