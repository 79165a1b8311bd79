// While somebody types: what the neighbours have said that is like it, and a word of danger. It waits for a pause,
// asks at most once at a time, and keeps quiet when there is no signal. Sending needs none of it.
const PAUSE = 700, FEWEST = 3;

function element(name, classes, text) {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

function alarmOf(words) {
  const alarm = document.querySelector('.alarm');
  if (!alarm) return element('p', 'wrong', words);
  const copy = alarm.cloneNode(true);
  copy.removeAttribute('aria-labelledby');
  copy.querySelectorAll('[id]').forEach((one) => one.removeAttribute('id'));
  copy.querySelector('h2').textContent = words;
  return copy;
}

function caseOf(one, told) {
  const row = element('li', 'case');
  const words = element('h3', '', one.words);
  words.translate = false;
  row.append(words, element('p', 'hint', one.state_word));
  if (document.getElementById('me-too')) {
    const join = element('button', 'also', `${told.me_too} `);
    join.name = 'case';
    join.value = one.number;
    join.setAttribute('form', 'me-too');
    join.append(element('small', '', one.homes_text));
    row.append(join);
  }
  return row;
}

function draw(place, found) {
  const drawn = [];
  if (found.urgent) drawn.push(alarmOf(found.told.urgent));
  if (found.similar.length) {
    const card = element('section', 'card'), list = element('ul', 'rows');
    list.append(...found.similar.map((one) => caseOf(one, found.told)));
    card.append(element('h2', '', found.told.similar), list);
    drawn.push(card);
  }
  place.replaceChildren(...drawn);
}

function watch(field) {
  const form = field.form, send = form && form.querySelector('button.go');
  if (!send) return;
  const place = element('div', 'while-typing');
  place.setAttribute('aria-live', 'polite');
  send.before(place);
  let timer = 0, busy = false, shown = '', last = '';

  async function ask() {
    const text = field.value.trim();
    if (busy || text === last) return;
    last = text;
    if (text.length < FEWEST) {
      shown = '';
      return place.replaceChildren();
    }
    busy = true;
    try {
      const answer = await fetch(field.dataset.whileTyping, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ text }),
      });
      if (!answer.ok) return;
      const found = await answer.json(), now = JSON.stringify(found);
      if (now !== shown) draw(place, found); // the same again is not read out again
      shown = now;
    } catch {
      last = ''; // no signal: nothing is said, and the next pause tries again
    } finally {
      busy = false;
      if (field.value.trim() !== text) later();
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  }
  field.addEventListener('input', later);
  if (field.value.trim()) later();
}

document.querySelectorAll('textarea[data-while-typing]').forEach(watch);
