/** What a phone adds to the plain form: its own keys, no half-typed amounts, one tap pays once. */
export const WALLET_SCRIPT = `
(function () {
  var form = document.querySelector('form');
  var input = form.elements.amount;
  var button = form.querySelector('.pay');
  var hint = document.querySelector('.hint');
  document.documentElement.classList.add('js');
  if (window.matchMedia('(pointer: coarse)').matches) input.setAttribute('inputmode', 'none');
  function isAmount(text) { return /^(0|[1-9]\\d{0,6})(\\.\\d{1,2})?$/.test(text) && Number(text) > 0; }
  function isStart(text) { return /^(|0|[1-9]\\d{0,6})(\\.\\d{0,2})?$/.test(text) && text[0] !== '.'; }
  var last = isStart(input.value) ? input.value : '';
  function show() {
    if (isStart(input.value)) last = input.value; else input.value = last;
    button.disabled = !isAmount(last);
    if (last !== '') { hint.textContent = ''; hint.classList.remove('bad'); }
    button.querySelector('b').textContent = isAmount(last) ? input.dataset.symbol + ' ' + last : '';
  }
  function press(key) {
    var next = key === 'back' ? last.slice(0, -1)
      : key === '.' && last === '' ? '0.'
      : last === '0' && key !== '.' ? key
      : last + key;
    input.value = next;
    show();
  }
  document.querySelector('.keys').addEventListener('click', function (event) {
    var key = event.target.closest('button');
    if (key) press(key.dataset.key);
  });
  input.addEventListener('input', show);
  form.addEventListener('submit', function (event) {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = 'yes';
    button.disabled = true;
    button.firstChild.textContent = 'Paying\\u2026 ';
  });
  window.addEventListener('pageshow', function (event) { if (event.persisted) location.reload(); });
  show();
  if (!window.matchMedia('(pointer: coarse)').matches) input.focus();
})();
`;
