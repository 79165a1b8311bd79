// What the resident will read, while it is typed: the fixed sentence with the day chosen, and the words. Without this
// file the button under the box draws the same.
for (const line of document.querySelectorAll('[data-preview]')) {
  const form = line.closest('form'), { note, next_day: chosen } = form.elements;
  const sentence = line.querySelector('[data-sentence]'), words = line.querySelector('[data-words]');
  const button = form.querySelector('[data-look]');
  if (button) button.hidden = true;
  const spoken = (written) => new Intl.DateTimeFormat(document.documentElement.lang, { month: 'long', day: 'numeric', weekday: 'short', timeZone: 'UTC' }).format(new Date(written));
  const draw = () => {
    if (words) words.textContent = note.value.trim();
    if (chosen?.value && sentence) sentence.textContent = sentence.dataset.sentence.replace('{day}', spoken(chosen.value));
  };
  form.addEventListener('input', draw);
  draw();
}
