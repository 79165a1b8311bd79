// Photos are made small before they are sent, where the browser can: an upright JPEG of at most 1600 px instead of
// ten megabytes over a stairwell's signal. Whatever fails, the photo goes as it is, and the server makes it small.
const LONGEST = 1600, LARGE_FILE = 1_000_000, LARGE_EDGE = 2048, PATIENCE = 6000, QUALITY = 0.82;
const SMALL_KINDS = ['image/gif', 'image/svg+xml']; // nothing a camera writes
const busy = new Map();

const kilobytes = (size) => (size < 1e6 ? `${Math.max(1, Math.round(size / 1e3))} KB` : `${(size / 1e6).toFixed(1)} MB`);

function tell(input, file) {
  let line = input.nextElementSibling;
  if (!line || !line.matches('.hint.shrunk')) {
    line = document.createElement('p');
    line.className = 'hint shrunk';
    line.setAttribute('role', 'status');
    input.after(line);
  }
  line.translate = false;
  line.textContent = file ? `${file.name} · ${kilobytes(file.size)}` : '';
}

async function shrunk(file) {
  if (!file.type.startsWith('image/') || SMALL_KINDS.includes(file.type)) return file;
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const { width, height } = picture, longest = Math.max(width, height);
  try {
    if (file.size <= LARGE_FILE && longest <= LARGE_EDGE) return file;
    const scale = Math.min(1, LONGEST / longest);
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const ink = canvas.getContext('2d', { alpha: false });
    ink.fillStyle = '#fff'; // a see-through picture on white, not on black
    ink.fillRect(0, 0, canvas.width, canvas.height);
    ink.imageSmoothingQuality = 'high';
    ink.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
    canvas.width = canvas.height = 0; // phones give canvases back late
    if (!blob || blob.type !== 'image/jpeg' || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.[^.]*$/, '') + '.jpg', { type: 'image/jpeg' });
  } finally {
    picture.close();
  }
}

async function replace(input) {
  const [file] = input.files;
  tell(input, file);
  if (!file) return;
  const small = await shrunk(file).catch(() => file);
  if (small === file || input.files[0] !== file) return; // as it was, or another one was chosen meanwhile
  const chosen = new DataTransfer();
  chosen.items.add(small);
  input.files = chosen.files;
  tell(input, small);
}

function chosen(event) {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || input.type !== 'file' || !input.hasAttribute('data-shrink')) return;
  const work = replace(input).catch(() => {}).finally(() => busy.get(input) === work && busy.delete(input));
  busy.set(input, work);
}

// Sending waits for what is being made small, a few seconds at most; then it goes on as it was pressed.
function sending(event) {
  const form = event.target;
  const waiting = [...busy].filter(([input]) => input.form === form).map(([, work]) => work);
  if (!waiting.length || event.defaultPrevented) return;
  event.preventDefault();
  const pressed = event.submitter;
  const patience = new Promise((done) => setTimeout(done, PATIENCE));
  Promise.race([Promise.allSettled(waiting), patience]).then(() => {
    for (const input of [...busy.keys()]) if (input.form === form) busy.delete(input);
    if (form.isConnected) form.requestSubmit(pressed && pressed.isConnected ? pressed : undefined);
  });
}

if (window.createImageBitmap && window.DataTransfer && HTMLFormElement.prototype.requestSubmit) {
  document.addEventListener('change', chosen);
  document.addEventListener('submit', sending);
}
