/** Text as it may stand in HTML, in an attribute as well. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text in English and Chinese, escaped; the Chinese part breaks as a whole and is marked as Chinese. */
export function bilingual(text: string): string {
  return escapeHtml(text).replace(
    /[\u3400-\u9fff][\u3000-\u9fff\uff00-\uffef]*/g,
    (chinese) => `<span lang="zh-HK">${chinese}</span>`,
  );
}

export interface Page {
  readonly title: string;
  readonly body: string;
  readonly style: string;
  readonly script?: string;
}

/** One whole page that loads nothing from anywhere. */
export function renderPage({ title, body, style, script }: Page, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="#1668dc">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
${body}
${script === undefined ? '' : `<script nonce="${nonce}">${script}</script>`}
</body>
</html>
`;
}

export function pageHeaders(nonce: string): Record<string, string> {
  return {
    'Content-Type': 'text/html;charset=UTF-8',
    'Content-Security-Policy': `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  };
}
