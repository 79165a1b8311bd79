// How far the worker is with a ledger, asked every few seconds while the page is looked at. Nothing moves and no focus
// is taken: words and a bar change, and the link that looks again says when there is a result to look at.
const EVERY = 3000, AT_MOST = 30000;
const place = document.querySelector('[data-progress]');

function tell(found) {
  const bar = place.querySelector('progress'), words = place.querySelector('[data-words]');
  if (found.over) {
    const link = place.querySelector('[data-again]');
    link.textContent = words.textContent = link.dataset.again;
    bar.value = bar.max;
    return;
  }
  if (words.textContent !== found.words) words.textContent = found.words;
  if (found.of) { bar.max = found.of; bar.value = found.done; }
}

async function ask(wait) {
  let next = wait;
  if (!document.hidden) {
    try {
      const answer = await fetch(place.dataset.progress, { redirect: 'error', headers: { Accept: 'application/json' } });
      if (answer.status === 404) return;
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      const found = await answer.json();
      tell(found);
      if (found.over) return;
      next = EVERY;
    } catch { next = Math.min(wait * 2, AT_MOST); }
  }
  setTimeout(ask, next, next);
}

if (place) setTimeout(ask, EVERY, EVERY);
