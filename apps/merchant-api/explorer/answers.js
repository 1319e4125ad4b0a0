/* What came back, for a person: troubles first, then the answer with its links and pictures. */
const MOST_ANSWERS = 200;
const LONG_TEXT = 600;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function answerArticle(answer, heading) {
  const pictures = [];
  const text = JSON.stringify(
    answer,
    (_key, value) => {
      if (typeof value !== 'string') return value;
      if (/^data:image\/(png|svg\+xml);base64,/.test(value)) pictures.push(value);
      return value.length > LONG_TEXT
        ? `${value.slice(0, 60)}… (${value.length} characters)`
        : value;
    },
    2,
  );
  return element(
    'article',
    {},
    element('small', { textContent: heading }),
    ...troublesOf(answer),
    element('pre', {}, ...withLinks(text)),
    ...pictures.map((src) => element('img', { src, alt: 'The picture in this answer' })),
  );
}

/** Refusals that are data, and errors of the top level, each as a sentence. */
function troublesOf(answer) {
  const troubles = [];
  for (const { message, path, locations, extensions } of answer?.errors ?? []) {
    const at = locations?.map(({ line, column }) => `line ${line}, column ${column}`) ?? [];
    const where = [...at, ...(path ? [path.join('.')] : [])].join('; ');
    troubles.push(['trouble failed', extensions?.code, message, where]);
  }
  JSON.stringify(answer?.data ?? null, (key, value) => {
    if (key === 'userErrors' && Array.isArray(value)) {
      for (const { code, message, field, alipayCode } of value) {
        const where = [field?.join('.'), alipayCode && `Alipay: ${alipayCode}`].filter(Boolean);
        troubles.push(['trouble', code, message, where.join('; ')]);
      }
    }
    return value;
  });
  return troubles.map(([className, code, message, where]) =>
    element(
      'p',
      { className },
      ...(code ? [element('strong', { textContent: code }), ' '] : []),
      message ?? '',
      where ? ` (${where})` : '',
    ),
  );
}

function troubleArticle(message) {
  return element(
    'article',
    {},
    element('p', { className: 'trouble failed', textContent: message }),
  );
}

/** A code's text is an address: the wallet's page, where a customer would pay. */
function withLinks(text) {
  return text.split(/(https?:\/\/[^\s"\\]+)/).map((part, index) =>
    index % 2 === 1
      ? element('a', {
          href: part,
          textContent: part,
          target: '_blank',
          rel: 'noopener noreferrer',
        })
      : part,
  );
}
