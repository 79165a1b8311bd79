// A ready sentence goes into the box as soon as it is chosen, behind what was typed; another choice takes its place
// while it stands there untouched. Without this file the button beside the list does it.
for (const list of document.querySelectorAll('select[data-replies]')) {
  const box = list.form.elements.note, button = list.form.querySelector('[data-put-in]');
  let put = '';
  if (button) button.hidden = true;
  list.addEventListener('change', () => {
    const typed = (put && box.value.endsWith(put) ? box.value.slice(0, -put.length) : box.value).trim();
    put = list.selectedOptions[0].dataset.words ?? '';
    box.value = [typed, put].filter(Boolean).join('\n');
    box.dispatchEvent(new Event('input', { bubbles: true }));
  });
}
